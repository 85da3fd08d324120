//! A new migration file must rebuild the crate: the macro that embeds them only watches the files it already knows.

fn main() {
    let folder = std::path::Path::new("migrations");
    let mut cargo = std::io::stdout().lock();
    let _ = std::io::Write::write_fmt(&mut cargo, format_args!("cargo::rerun-if-changed={}\n", folder.display()));
}
