//! Modules as CycloneDX components.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::buildinfo::Module;

/// What a package URL encodes in a path's segment and in a version (package-url/purl-spec).
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'+')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The prefix of our own properties.
const OURS: &str = "release-action:go";

/// `pkg:golang/<path>@<version>`. Upper and lower case stay: for Go they are different modules.
#[must_use]
pub fn purl(path: &str, version: &str) -> String {
    let path = utf8_percent_encode(path, ENCODED);
    if version.is_empty() {
        format!("pkg:golang/{path}")
    } else {
        format!("pkg:golang/{path}@{}", utf8_percent_encode(version, ENCODED))
    }
}

/// One property.
#[must_use]
pub fn property(name: &str, value: &str) -> Value {
    json!({ "name": format!("{OURS}:{name}"), "value": value })
}

/// A module that is in a binary, as what was really compiled: a replacement stands for the replaced.
#[must_use]
pub fn library(module: &Module) -> Value {
    let mut properties = Vec::new();
    let compiled = module.replace.as_deref().unwrap_or(module);
    // A folder has no version: its content is that of no published module, so it gets no purl.
    let local = is_folder(compiled);
    let shown = if local { module } else { compiled };
    if module.replace.is_some() {
        if local {
            properties.push(property("replaced-by", &compiled.path));
        } else {
            properties.push(property("replaces", &format!("{}@{}", module.path, module.version)));
        }
    }
    if !compiled.sum.is_empty() {
        properties.insert(0, property("h1", &compiled.sum));
    }
    let mut component = Map::new();
    component.insert("type".into(), json!("library"));
    component.insert("bom-ref".into(), json!(reference(module)));
    component.insert("name".into(), json!(shown.path));
    component.insert("version".into(), json!(shown.version));
    component.insert("scope".into(), json!("required"));
    if !local {
        component.insert("purl".into(), json!(purl(&shown.path, &shown.version)));
    }
    if !properties.is_empty() {
        component.insert("properties".into(), json!(properties));
    }
    component.into()
}

/// Whether a folder was compiled, which Go tells by the version `(devel)`, earlier by none.
fn is_folder(module: &Module) -> bool {
    module.version.is_empty() || module.version == "(devel)"
}

/// The name of a module inside the document: one for each thing that was compiled.
#[must_use]
pub fn reference(module: &Module) -> String {
    match module.replace.as_deref() {
        Some(other) if is_folder(other) => {
            format!(
                "{}#replaced-by={}",
                purl(&module.path, &module.version),
                utf8_percent_encode(&other.path, ENCODED)
            )
        }
        Some(other) => purl(&other.path, &other.version),
        None => purl(&module.path, &module.version),
    }
}

/// Go's standard library, whose version is that of the toolchain.
#[must_use]
pub fn standard_library(go: &str) -> Value {
    json!({
        "type": "library",
        "bom-ref": standard_reference(go),
        "name": "stdlib",
        "version": go,
        "scope": "required",
        "purl": standard_reference(go),
    })
}

/// The name of the standard library inside the document, which is its package URL.
#[must_use]
pub fn standard_reference(go: &str) -> String {
    // What follows a blank tells experiments of the toolchain, not another library.
    let version = go.split(' ').next().unwrap_or(go);
    purl("stdlib", version.strip_prefix("go").unwrap_or(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(path: &str, version: &str, replace: Option<Module>) -> Module {
        Module {
            path: path.into(),
            version: version.into(),
            sum: "h1:x=".into(),
            replace: replace.map(Box::new),
        }
    }

    #[test]
    fn package_urls_are_encoded() {
        assert_eq!(
            purl("github.com/BurntSushi/toml", "v2.0.0+incompatible"),
            "pkg:golang/github.com/BurntSushi/toml@v2.0.0%2Bincompatible"
        );
        assert_eq!(standard_reference("go1.26.1 X:nocoverageredesign"), "pkg:golang/stdlib@1.26.1");
    }

    #[test]
    fn a_replacement_is_what_is_in_the_binary() {
        let component = library(&module("a", "v1.0.0", Some(module("fork", "v1.0.1", None))));
        assert_eq!(component["purl"], "pkg:golang/fork@v1.0.1");
        assert_eq!(component["properties"][1]["value"], "a@v1.0.0");
    }

    #[test]
    fn a_folder_in_place_of_a_module_has_no_package_url() {
        let folder = Module { sum: String::new(), ..module("./a", "(devel)", None) };
        let component = library(&module("a", "v1.0.0", Some(folder)));
        assert!(!component["bom-ref"].as_str().unwrap().contains("devel"));
        assert_eq!((&component["name"], &component["purl"]), (&json!("a"), &Value::Null));
        assert_eq!(component["properties"][0], property("replaced-by", "./a"));
    }
}
