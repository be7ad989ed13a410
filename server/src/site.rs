//! The static site: style sheet, the islands' code, icons. The release binary carries it, compressed and under names
//! that contain a hash of the content (`build.rs` makes the table); in development it is read from a folder at start.

use std::{collections::HashMap, fs, io, path::Path, sync::Arc};

use app::assets::Assets;
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    routing::get,
};
use sha2::{Digest as _, Sha256};

/// A file of the site, in every form in which it can be sent.
#[derive(Clone, Debug)]
pub struct File {
    /// As it is.
    pub bytes: Bytes,
    /// Brotli, where that is smaller.
    pub br: Option<Bytes>,
    /// Gzip, where that is smaller.
    pub gzip: Option<Bytes>,
    /// The media type, by the name's ending.
    pub content_type: &'static str,
    /// Its address changes with its content: browsers may keep it for ever.
    pub immutable: bool,
    hash: String,
}

/// The files by address, and the addresses that a page needs.
#[derive(Clone, Debug, Default)]
pub struct Site {
    files: HashMap<String, File>,
    assets: Assets,
}

/// A line of the table that `build.rs` writes.
#[cfg(feature = "embed")]
struct Embedded {
    name: &'static str,
    address: &'static str,
    hash: &'static str,
    bytes: &'static [u8],
    br: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

impl Site {
    /// The site inside this binary.
    ///
    /// # Errors
    /// None; the signature is that of the development build.
    #[cfg(feature = "embed")]
    pub fn open() -> io::Result<Self> {
        const TABLE: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/site.rs"));
        let mut site = Self::default();
        for line in TABLE {
            let file = File {
                bytes: Bytes::from_static(line.bytes),
                br: line.br.map(Bytes::from_static),
                gzip: line.gzip.map(Bytes::from_static),
                content_type: content_type(line.name),
                immutable: line.address.strip_prefix('/') != Some(line.name),
                hash: line.hash.to_owned(),
            };
            site.add(line.name, line.address.to_owned(), file);
        }
        Ok(site)
    }

    /// The site in the folder `LATCHKEY_SITE`, or where `make` leaves it. No folder is an empty site: pages work
    /// without it, only unadorned.
    ///
    /// # Errors
    /// When a file of the folder can't be read.
    #[cfg(not(feature = "embed"))]
    pub fn open() -> io::Result<Self> {
        use std::{env, path::PathBuf};

        let target = || env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
        let folder = env::var_os("LATCHKEY_SITE").map_or_else(|| target().join("site"), PathBuf::from);
        Self::read(&folder)
    }

    /// The site in a folder: files keep their names and are sent as they are.
    ///
    /// # Errors
    /// When a file of the folder can't be read.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut site = Self::default();
        let mut folders = vec![folder.to_path_buf()];
        while let Some(next) = folders.pop() {
            let items = match fs::read_dir(&next) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                items => items?,
            };
            for item in items {
                let path = item?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Some(name) = path.strip_prefix(folder).ok().and_then(Path::to_str) {
                    let bytes = Bytes::from(fs::read(&path)?);
                    let hash = Sha256::digest(&bytes).iter().take(10).map(|byte| format!("{byte:02x}")).collect();
                    let content_type = content_type(name);
                    let file = File { bytes, br: None, gzip: None, content_type, immutable: false, hash };
                    site.add(name, format!("/{name}"), file);
                }
            }
        }
        Ok(site)
    }

    fn add(&mut self, name: &str, address: String, file: File) {
        match name {
            "pkg/latchkey.css" => self.assets.css.clone_from(&address),
            "pkg/islands.js" => self.assets.loader.clone_from(&address),
            "pkg/latchkey.js" => self.assets.js.clone_from(&address),
            "pkg/latchkey.wasm" => self.assets.wasm.clone_from(&address),
            _ => {}
        }
        self.files.insert(address, file);
    }

    /// The file at an address such as `/favicon.svg`.
    #[must_use]
    pub fn lookup(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// What a page's shell links to.
    #[must_use]
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// One route a file (GET and HEAD); every other address stays the application's.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.files.iter().fold(Router::new(), |router, (address, file)| {
            let file = Arc::new(file.clone());
            router.route(address, get(move |headers: HeaderMap| async move { file.respond(&headers) }))
        })
    }
}

impl File {
    /// The answer to a request with these headers: the best form that the client accepts, or 304 when it has that already.
    #[must_use]
    pub fn respond(&self, request: &HeaderMap) -> Response<Body> {
        let accepted = |encoding| quality(request, encoding);
        let (bytes, encoding) = match (&self.br, &self.gzip) {
            (Some(br), _) if accepted("br") > 0 && accepted("br") >= accepted("gzip") => (br, Some("br")),
            (_, Some(gzip)) if accepted("gzip") > 0 => (gzip, Some("gzip")),
            (Some(br), None) if accepted("br") > 0 => (br, Some("br")),
            _ => (&self.bytes, None),
        };
        // Each form is a representation of its own and has its own tag (RFC 9110, 8.8.3.3).
        let tag = format!("\"{}{}\"", self.hash, encoding.map(|name| format!("-{name}")).unwrap_or_default());
        let known = request
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|value| value.trim().trim_start_matches("W/"))
            .any(|value| value == tag || value == "*");

        let mut response = Response::new(if known { Body::empty() } else { Body::from(bytes.clone()) });
        let headers = response.headers_mut();
        let keep = if self.immutable { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        if self.br.is_some() || self.gzip.is_some() {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

/// How much the client wants an encoding, in thousandths; 0 is not at all (RFC 9110, 12.5.3).
fn quality(headers: &HeaderMap, encoding: &str) -> u16 {
    let mut any = 0;
    for value in headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()) {
        for item in value.split(',') {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let weight = weight.map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0).clamp(0.0, 1.0));
            // Between 0 and 1000, so nothing is lost.
            let weight = (weight * 1000.0) as u16;
            if name.eq_ignore_ascii_case(encoding) {
                return weight;
            }
            if name == "*" {
                any = weight;
            }
        }
    }
    any
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    fn site() -> Site {
        let mut site = Site::default();
        let file = |immutable, br: Option<&'static str>, gzip: Option<&'static str>| File {
            bytes: Bytes::from_static(b"plain"),
            br: br.map(Bytes::from),
            gzip: gzip.map(Bytes::from),
            content_type: content_type("a.css"),
            immutable,
            hash: "abc".into(),
        };
        site.add("pkg/latchkey.css", "/pkg/latchkey.abc.css".into(), file(true, Some("br"), Some("gz")));
        site.add("robots.txt", "/robots.txt".into(), file(false, None, None));
        site
    }

    async fn ask(method: &str, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = site().router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_client_gets_the_encoding_it_wants_most() {
        for (accept, body) in [
            ("gzip, deflate, br, zstd", "br"),
            ("br;q=0.5, gzip", "gz"),
            ("br;q=0, gzip;q=0.1", "gz"),
            ("BR", "br"),
            ("*", "br"),
            ("*, br;q=0", "gz"),
            ("*;q=0", "plain"),
            ("gzip;q=nonsense", "plain"),
            ("identity", "plain"),
            ("", "plain"),
        ] {
            let (status, headers, sent) = ask("GET", "/pkg/latchkey.abc.css", &[("accept-encoding", accept)]).await;
            assert_eq!((status, sent.as_str()), (StatusCode::OK, body), "{accept}");
            assert_eq!(headers["vary"], "accept-encoding");
            assert_eq!(headers.get("content-encoding").is_some(), body != "plain");
        }
    }

    #[tokio::test]
    async fn a_hashed_name_is_kept_for_ever_and_a_plain_one_is_not() {
        let (_, hashed, _) = ask("GET", "/pkg/latchkey.abc.css", &[]).await;
        assert_eq!(hashed["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(hashed["content-type"], "text/css; charset=utf-8");
        assert_eq!(hashed["x-content-type-options"], "nosniff");
        let (_, plain, _) = ask("GET", "/robots.txt", &[]).await;
        assert_eq!(plain["cache-control"], "public, max-age=3600");
        assert!(!plain.contains_key("vary"));
    }

    #[tokio::test]
    async fn what_the_client_has_is_not_sent_again() {
        let (_, headers, _) = ask("GET", "/pkg/latchkey.abc.css", &[("accept-encoding", "br")]).await;
        let tag = headers["etag"].to_str().unwrap();
        let both = [("accept-encoding", "br"), ("if-none-match", tag)];
        let (status, _, body) = ask("GET", "/pkg/latchkey.abc.css", &both).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        let (status, ..) = ask("GET", "/pkg/latchkey.abc.css", &[("if-none-match", tag)]).await;
        assert_eq!(status, StatusCode::OK, "the tag of another encoding is another tag");
    }

    #[tokio::test]
    async fn head_tells_the_length_and_sends_nothing() {
        let (status, headers, body) = ask("HEAD", "/robots.txt", &[]).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, ""));
        assert_eq!(headers["content-length"], "5");
        let (status, ..) = ask("POST", "/robots.txt", &[]).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    }

    #[test]
    fn a_folder_is_read_with_its_names() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("pkg")).unwrap();
        fs::write(folder.path().join("pkg/latchkey.wasm"), b"\0asm").unwrap();
        let site = Site::read(folder.path()).unwrap();
        assert_eq!(site.assets().wasm, "/pkg/latchkey.wasm");
        assert_eq!(site.lookup("/pkg/latchkey.wasm").unwrap().content_type, "application/wasm");
        assert!(Site::read(&folder.path().join("nowhere")).unwrap().lookup("/").is_none());
    }
}
