//! Embeds what a new place starts with (the measure library with its tests, the pathways, pressure) and what its page wears (the built styles).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo says where")).join("../..");
    let mut code = String::new();
    embed(&mut code, "MEASURES", "include_str", "str", &root.join("place/measures"), &["toml"]);
    embed(&mut code, "SPEC", "include_str", "str", &root.join("place/measures/spec"), &["md"]);
    embed(&mut code, "PRESSURE", "include_str", "str", &root.join("place/pressure"), &["toml"]);
    embed(&mut code, "PATHWAYS", "include_str", "str", &root.join("place/pathways"), &["toml"]);
    embed(&mut code, "NEED", "include_str", "str", &root.join("place/need"), &["toml", "csv"]);
    embed(&mut code, "SCENARIOS", "include_str", "str", &root.join("place/scenarios"), &["toml"]);
    embed(&mut code, "MODELS", "include_str", "str", &root.join("place/models"), &["toml"]);
    let dist = root.join("assets/dist");
    if !dist.is_dir() {
        println!(
            "cargo::warning=assets/dist is not built, so pages will have no styles; run `npm ci && npm run build` first"
        );
    }
    embed(&mut code, "ASSETS", "include_bytes", "[u8]", &dist, &["css", "svg", "woff2", "js", "ttf"]);
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo says where")).join("embedded.rs");
    fs::write(out, code).expect("the build folder can be written");
}

fn embed(code: &mut String, name: &str, include: &str, kind: &str, folder: &Path, endings: &[&str]) {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    files.retain(|file| file.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)));
    files.sort();
    let _ = writeln!(code, "/// Files of `{}`, by name.", folder.file_name().unwrap_or_default().to_string_lossy());
    let _ = writeln!(code, "pub const {name}: &[(&str, &{kind})] = &[");
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let path = file.canonicalize().expect("it is there");
        let short = file.file_name().unwrap_or_default().to_string_lossy();
        let _ = writeln!(code, "    ({short:?}, {include}!({:?})),", path.display().to_string());
    }
    code.push_str("];\n");
}
