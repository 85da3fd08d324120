//! The files of a catalogue, wherever they come from: embedded in the program, a folder, or the database.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use rust_embed::RustEmbed;

/// Largest file taken: the list of villages is about one megabyte.
const LARGEST: u64 = 8 * 1024 * 1024;

#[derive(RustEmbed)]
#[folder = "../../catalog"]
struct Seed;

/// Path below `catalog/` (with `/`) and bytes, in the order of paths.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    /// The catalogue this program was built with.
    pub fn seed() -> Self {
        let file = |path: std::borrow::Cow<'static, str>| {
            let bytes = Seed::get(&path)?.data.into_owned();
            Some((path.into_owned(), bytes))
        };
        Self(Seed::iter().filter_map(file).collect())
    }

    /// Reads a folder. Names that begin with a dot are left out.
    ///
    /// # Errors
    /// What the operating system says, a file larger than eight megabytes, a name that is not UTF-8.
    pub fn read_dir(root: &Path) -> io::Result<Self> {
        let mut files = Self::default();
        files.walk(root, "")?;
        Ok(files)
    }

    fn walk(&mut self, dir: &Path, below: &str) -> io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let name = entry.file_name().into_string().map_err(|n| io::Error::other(format!("{n:?} is not UTF-8")))?;
            if name.starts_with('.') {
                continue;
            }
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            // A link could lead out of the catalogue, so only real files and folders are read.
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.walk(&entry.path(), &path)?;
            } else if kind.is_file() && entry.metadata()?.len() > LARGEST {
                return Err(io::Error::other(format!("{path} is larger than {LARGEST} bytes")));
            } else if kind.is_file() {
                self.insert(path, fs::read(entry.path())?);
            }
        }
        Ok(())
    }

    /// Writes every file below `root`; files already there with other names stay.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write_dir(&self, root: &Path) -> io::Result<()> {
        for (path, bytes) in &self.0 {
            let to = root.join(path);
            fs::create_dir_all(to.parent().unwrap_or(root))?;
            fs::write(to, bytes)?;
        }
        Ok(())
    }

    /// Puts a file in.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.into(), bytes.into());
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) -> Option<Vec<u8>> {
        self.0.remove(path)
    }

    /// A file's bytes.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }

    /// All files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }
}
