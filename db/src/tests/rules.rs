//! What the SQL of the whole product keeps to, so that one text serves both databases.

use std::path::{Path, PathBuf};

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "tests") {
                files(&path, into);
            }
        } else if path.extension().is_some_and(|end| end == "rs" || end == "sql") && !path.ends_with("tests.rs") {
            into.push(path);
        }
    }
}

/// The statements in a source: literals that begin like one, with what a macro puts between their parts left out.
fn statements(source: &str) -> Vec<&str> {
    let verbs = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", " FROM ", ", a."];
    source.split('"').filter(|text| verbs.iter().any(|verb| text.starts_with(verb))).collect()
}

#[test]
fn no_statement_says_what_one_of_the_databases_does_not_understand() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = Vec::new();
    files(&root.join("domain/src"), &mut sources);
    files(&root.join("migrations"), &mut sources);
    let mut seen = 0;
    for path in sources {
        let source = std::fs::read_to_string(&path).unwrap();
        let whole = path.extension().is_some_and(|end| end == "sql");
        let code: String = source.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
        for statement in if whole { vec![code.as_str()] } else { statements(&source) } {
            seen += 1;
            // A text from JSON by its key reads alike on both.
            let upper = statement.to_uppercase().replace("->>'", "");
            for foreign in [
                "NOW()",
                "CURRENT_TIMESTAMP",
                "INTERVAL '",
                "ILIKE",
                "ANY(",
                "->",
                "::",
                "FOR UPDATE",
                "OR REPLACE",
                "AUTOINCREMENT",
                "DEFAULT NOW",
            ] {
                assert!(!upper.contains(foreign), "{}: {foreign} in {statement}", path.display());
            }
            assert!(whole || !statement.contains('?'), "{}: placeholders are $1, $2: {statement}", path.display());
            // Time and everything else that comes from outside is bound, not written into the text.
            assert!(whole || !statement.contains("{}"), "{}: {statement}", path.display());
        }
    }
    assert!(seen > 40, "{seen} statements were found");
}
