//! The fonts that licences are printed with, as the configuration names them.

use std::path::PathBuf;

use site::licence::Fonts;
use toml::Value;

use super::config::Section;

/// Reads `[fonts]`; none: those that Debian's packages bring.
pub(super) fn read(root: &mut Section) -> Option<Vec<PathBuf>> {
    if !root.has("fonts") {
        return None;
    }
    let mut section = root.section("fonts");
    let files = match section.take("files") {
        Some(Value::Array(files)) if !files.is_empty() => files,
        _ => {
            section.wrong("files", "is no list of files", "write files = [\"/path/font.ttc\"], the best one first");
            Vec::new()
        }
    };
    let mut found = Vec::new();
    for file in files {
        let path = file.as_str().map(PathBuf::from);
        match path.filter(|path| path.is_file()) {
            Some(path) if Fonts::of(vec![path.clone()]).are_there() => found.push(path),
            Some(_) => {
                section.wrong("files", format!("{file} is no font"), "name an OpenType file: .ttf, .otf or .ttc")
            }
            None => {
                section.wrong("files", format!("there is no file {file}"), "name an OpenType file: .ttf, .otf or .ttc")
            }
        }
    }
    root.merge(section);
    Some(found)
}

/// The fonts to print with.
pub(crate) fn attach(files: Option<&Vec<PathBuf>>) -> Fonts {
    files.map_or_else(Fonts::default, |files| Fonts::of(files.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::config;

    fn read(fonts: &str) -> Result<Option<usize>, Vec<String>> {
        let text = format!("public_origin = \"http://127.0.0.1:8080\"\n{fonts}");
        let told = |faults: Vec<config::Fault>| faults.into_iter().map(|fault| fault.reason).collect();
        config::read(&text).map(|config| config.fonts.map(|files| files.len())).map_err(told)
    }

    #[test]
    fn every_file_that_is_no_font_is_named() {
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("[fonts]"), Err(vec!["is no list of files".to_owned()]));
        assert_eq!(read("[fonts]\nfiles = []"), Err(vec!["is no list of files".to_owned()]));
        let no_font = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let wrong = read(&format!("[fonts]\nfiles = [{no_font:?}, 7, \"/no/such.ttf\"]")).unwrap_err();
        let named = |word: &str| wrong.iter().filter(|reason| reason.contains(word)).count();
        assert_eq!((named("is no font"), named("there is no file"), wrong.len()), (1, 2, 3), "{wrong:?}");
    }
}
