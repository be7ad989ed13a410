//! With the feature `embed`: gives each file of the site folder (`LATCHKEY_SITE`) its name, compresses it, and writes the
//! table of them that `src/site.rs` includes. The browser may keep what lies under `pkg/` for ever, since a hash of its
//! content becomes a part of its name; the rest (favicon, robots.txt) keeps the names by which the world asks for it.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=LATCHKEY_SITE");
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_EMBED").is_none() {
        return Ok(());
    }
    let site =
        env::var_os("LATCHKEY_SITE").map(PathBuf::from).filter(|folder| folder.join("pkg").is_dir()).ok_or_else(
            || io::Error::other("the feature `embed` wants the built site's folder in LATCHKEY_SITE: use `make build`"),
        )?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?);
    println!("cargo::rerun-if-changed={}", site.display());

    let mut files = Vec::new();
    walk(&site, &mut files)?;
    files.sort();

    let mut table = String::from("&[\n");
    for (number, file) in files.iter().enumerate() {
        table += &entry(&site, file, &out.join(number.to_string()))?;
    }
    table += "]\n";
    fs::write(out.join("site.rs"), table)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let item = item?;
        if item.file_type()?.is_dir() {
            walk(&item.path(), files)?;
        } else {
            files.push(item.path());
        }
    }
    Ok(())
}

/// One line of the table; the compressed forms go to `out` plus `.br` and `.gz`.
fn entry(site: &Path, file: &Path, out: &Path) -> io::Result<String> {
    println!("cargo::rerun-if-changed={}", file.display());
    let bytes = fs::read(file)?;
    let hash: String = Sha256::digest(&bytes).iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    let name = file
        .strip_prefix(site)
        .ok()
        .and_then(Path::to_str)
        .ok_or_else(|| io::Error::other(format!("a file name that isn't UTF-8: {}", file.display())))?
        .replace('\\', "/");
    let address = match name.rsplit_once('.') {
        Some((stem, extension)) if name.starts_with("pkg/") => format!("/{stem}.{hash}.{extension}"),
        _ => format!("/{name}"),
    };
    let br = smaller(&bytes, brotli(&bytes)?, &out.with_extension("br"))?;
    let gzip = smaller(&bytes, gzip(&bytes)?, &out.with_extension("gz"))?;
    Ok(format!(
        "Embedded {{ name: {name:?}, address: {address:?}, hash: {hash:?}, bytes: include_bytes!({file:?}), br: {br}, gzip: {gzip} }},\n"
    ))
}

/// Keeps a compressed form only where it saves something: pictures and fonts are compressed already.
fn smaller(bytes: &[u8], compressed: Vec<u8>, file: &Path) -> io::Result<String> {
    if compressed.len() >= bytes.len() {
        return Ok("None".into());
    }
    fs::write(file, compressed)?;
    Ok(format!("Some(include_bytes!({file:?}))"))
}

fn brotli(mut bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let params =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: bytes.len(), ..Default::default() };
    brotli::BrotliCompress(&mut bytes, &mut compressed, &params)?;
    Ok(compressed)
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}
