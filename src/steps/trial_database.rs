//! A vulnerability database of Go for trials, as <https://go.dev/doc/security/vuln/database> describes it.

use serde_json::json;

use super::trial::Trial;

/// A database in Go's layout, with one advisory: what everybody knows of GO-2021-0113.
pub fn go_database(trial: &Trial, modified: &str) -> String {
    let advisory = json!({
        "schema_version": "1.3.1", "id": "GO-2021-0113", "modified": modified, "published": modified,
        "aliases": ["CVE-2021-38561"], "summary": "Out-of-bounds read in golang.org/x/text/language",
        "affected": [{
            "package": { "name": "golang.org/x/text", "ecosystem": "Go" },
            "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "0.3.7" }] }],
            "ecosystem_specific": { "imports": [{ "path": "golang.org/x/text/language", "symbols": ["Parse"] }] }
        }],
        "database_specific": { "url": "https://pkg.go.dev/vuln/GO-2021-0113" }
    });
    let row = json!({ "id": "GO-2021-0113", "modified": modified, "fixed": "0.3.7" });
    let files = [
        ("index/db.json", json!({ "modified": modified })),
        ("index/modules.json", json!([{ "path": "golang.org/x/text", "vulns": [row] }])),
        (
            "index/vulns.json",
            json!([{ "id": "GO-2021-0113", "modified": modified, "aliases": ["CVE-2021-38561"] }]),
        ),
        ("ID/GO-2021-0113.json", advisory),
    ];
    let folder = trial.root.parent().unwrap().join("database");
    for (name, value) in files {
        let bytes = serde_json::to_vec(&value).unwrap();
        trial.ports.files.write(&folder.join(name), &bytes).unwrap();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, &bytes).unwrap();
        trial.ports.files.write(&folder.join(format!("{name}.gz")), &packed.finish().unwrap()).unwrap();
    }
    folder.into_string()
}
