"""Reports as the tools write them, of any size: one entry for each format that is read."""

import json
from dataclasses import dataclass
from typing import Callable


# What is written is made once for each block of parts; in every block another number stands in place of this.
MARK, BLOCK = "@@@@@", 4_000_000


@dataclass
class Sample:
    """A report is `begin(n)`, n times `part(i)` with `between`, and `end(n)`."""

    kind: str
    name: str
    part: Callable
    begin: Callable = lambda n: ""
    end: Callable = lambda n: ""
    between: str = ""
    # The parts have to be counted through: none is made twice.
    counted: bool = False

    def write(self, path, size):
        """Writes about so many bytes, block by block."""
        length = sum(len(self.part(i)) + len(self.between) for i in range(1000, 1100)) / 100
        n = max(2, round(size / length))
        many = max(1, min(n, round(BLOCK / length)))
        text = lambda parts: self.between.join(map(self.part, parts)).encode()
        block = None if self.counted else text(range(many))
        between = self.between.encode()
        with open(path, "wb") as out:
            out.write(self.begin(n).encode())
            for number, at in enumerate(range(0, n, many)):
                if at:
                    out.write(between)
                if self.counted:
                    out.write(text(range(at, min(n, at + many))))
                else:
                    whole = block if at + many <= n else text(range(n - at))
                    out.write(whole.replace(MARK.encode(), b"%05d" % number))
            out.write(self.end(n).encode())


def own(i, digits=0):
    """The name of a part, which no other part of the report has."""
    return f"{MARK}{i:0{digits}}"


def fixed(text):
    return lambda n: text


def compact(value):
    return json.dumps(value, separators=(",", ":"))


LINES = 40
RAN = [(at * 31) % 5 for at in range(LINES)]
COVERED = [at + 1 for at in range(LINES) if RAN[at]]
MISSED = [at + 1 for at in range(LINES) if not RAN[at]]
# Files come again, as those of several test runs do; what is merged takes no more memory.
FILE = lambda i: f"src/part{i % 400 // 20}/file{i % 400}"


def lcov(i):
    lines = "".join(f"DA:{at + 1},{RAN[at]}\n" for at in range(LINES))
    return f"TN:\nSF:{FILE(i)}.c\nFN:1,main{own(i)}\nFNDA:4,main{own(i)}\n{lines}LF:{LINES}\nLH:{len(COVERED)}\nend_of_record\n"


def cobertura(i):
    lines = "".join(f'            <line number="{at + 1}" hits="{RAN[at]}"/>\n' for at in range(LINES))
    return f'        <class name="file{i}.py" filename="{FILE(i)}.py" complexity="0" line-rate="0.8" branch-rate="0">\n          <methods/>\n          <lines>\n{lines}          </lines>\n        </class>\n'


def jacoco(i):
    lines = "".join(f'<line nr="{at + 1}" mi="{0 if RAN[at] else 3}" ci="{RAN[at]}" mb="0" cb="{at % 7 // 6 * 2}"/>' for at in range(LINES))
    counters = "".join(f'<counter type="{kind}" missed="{len(MISSED)}" covered="{len(COVERED)}"/>' for kind in ("INSTRUCTION", "LINE", "METHOD"))
    return f'<package name="org/example/p{i % 400}"><sourcefile name="File{i % 400}.java">{lines}{counters}</sourcefile></package>'


def clover(i):
    kinds = [f'type="cond" truecount="{RAN[at]}" falsecount="0"' if at % 9 == 8 else 'type="stmt"' for at in range(LINES)]
    lines = "".join(f'      <line num="{at + 1}" {kinds[at]} count="{RAN[at]}"/>\n' for at in range(LINES))
    return f'    <file name="file{i}.php" path="/w/{FILE(i)}.php">\n{lines}      <metrics loc="90" statements="{LINES}" coveredstatements="{len(COVERED)}"/>\n    </file>\n'


def coverage_py(i):
    file = {"executed_lines": COVERED, "summary": {"covered_lines": len(COVERED), "num_statements": LINES, "percent_covered": 80.0}, "missing_lines": MISSED, "excluded_lines": [],
            "functions": {"f": {"executed_lines": COVERED[:9], "summary": {"covered_lines": 9, "num_statements": 9}, "missing_lines": [], "excluded_lines": []}}}
    return f'"{FILE(i)}.py": {json.dumps(file)}'


def llvm(i):
    segments = [[at + 1, 9, RAN[at], True, at % 2 == 0, False] for at in range(LINES)]
    counts = {"count": LINES, "covered": len(COVERED), "percent": 80.0}
    return compact({"branches": [], "expansions": [], "filename": f"/w/{FILE(i)}.rs", "mcdc_records": [], "segments": segments, "summary": {"branches": {"count": 0, "covered": 0, "notcovered": 0, "percent": 0}, "functions": counts, "lines": counts}})


def istanbul(i):
    count = {"total": 40, "covered": 32, "skipped": 0, "pct": 80}
    return f'"/w/{FILE(i)}.ts": {json.dumps({"lines": count, "functions": count, "statements": count, "branches": {"total": 0, "covered": 0, "skipped": 0, "pct": 100}})}'


def events(number):
    """The events of `go test -json`: tests that print a little, in packages of 200."""
    stamp = '"Time":"2026-01-05T09:30:00.123456789+01:00"'
    package = f"bench.example/covered/part{own(number)}"
    line = lambda action, rest: f'{{{stamp},"Action":"{action}","Package":"{package}"{rest}}}\n'
    lines = [line("start", "")]
    for test in range(200):
        name = f',"Test":"TestReadsWhatItShould{test}"'
        lines += [line("run", name), line("output", name + f',"Output":"=== RUN   TestReadsWhatItShould{test}\\n"'),
                  line("output", name + f',"Output":"    reader_test.go:{test}: took \\u003c 1 ms\\n"'),
                  line("output", name + f',"Output":"--- PASS: TestReadsWhatItShould{test} (0.00s)\\n"'),
                  line("pass", name + ',"Elapsed":0')]
    lines += [line("output", ',"Output":"PASS\\n"'), line("pass", ',"Elapsed":0.5')]
    return "".join(lines)


def junit(i):
    cases = "".join(f'    <testcase classname="org.example.Part{i % 50}Test" name="readsWhatItShould{own(i)}x{test}" time="0.0{test % 10}"/>\n' for test in range(19))
    return f'  <testsuite name="org.example.Part{i % 50}Test" tests="20" failures="0" errors="0" skipped="1" time="1.25" timestamp="2026-01-05T09:30:00">\n    <properties><property name="os" value="Linux &amp; more"/></properties>\n{cases}    <testcase classname="org.example.Part{i % 50}Test" name="later{own(i)}" time="0"><skipped message="not yet"/></testcase>\n    <system-out><![CDATA[started\nand ended\n]]></system-out>\n  </testsuite>\n'


def tap(i):
    return f"# Subtest: reads what it should in part {i}\nok {i + 1} - reads what it should in part {i}\n  ---\n  duration_ms: 1.25\n  type: 'test'\n  ...\n"


def sarif(i):
    return compact({"ruleId": f"G{i % 90}", "ruleIndex": i % 90, "level": "error", "message": {"text": f"Potential file inclusion via variable number {own(i)}"},
                    "locations": [{"physicalLocation": {"artifactLocation": {"uri": f"{FILE(i)}.go", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": i % 900 + 1, "endLine": i % 900 + 1, "startColumn": 2, "endColumn": 30, "sourceLanguage": "go", "snippet": {"text": "\tdata, err := os.ReadFile(name) // \"quoted\"\n"}}}}],
                    "partialFingerprints": {"primaryLocationLineHash": f"{own(i, 11)}:1"}, "properties": {"tags": ["security", "cwe"]}})


SARIF = '{"version":"2.1.0","$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{"tool":{"driver":{"name":"scanner","version":"1.2.3","rules":[' + ",".join(
    compact({"id": f"G{rule}", "shortDescription": {"text": f"rule {rule}"}, "defaultConfiguration": {"level": "warning"}, "properties": {"security-severity": "7.5"}}) for rule in range(90)) + ']}},"results":['


def gosec(i):
    return json.dumps({"severity": "MEDIUM", "confidence": "HIGH", "cwe": {"id": "22", "url": "https://cwe.mitre.org/data/definitions/22.html"}, "rule_id": "G304", "details": "Potential file inclusion via variable",
                       "file": f"/w/{FILE(i)}.go", "code": "41: \tname := args[0]\n42: \tdata, err := os.ReadFile(name)\n43: \tif err != nil {\n", "line": str(i % 900 + 1), "column": "15", "nosec": False, "suppressions": None, "autofix": "Consider using os.Root to scope file access"}, indent="\t")


def golangci(i):
    return compact({"FromLinter": "errcheck", "Text": f"Error return value of `f{own(i)}.Close` is not checked", "Severity": "", "SourceLines": ["\tdefer f.Close()"], "Pos": {"Filename": f"{FILE(i)}.go", "Offset": i, "Line": i % 900 + 1, "Column": 15}, "ExpectNoLint": False, "ExpectedNoLintLinter": ""})


def govulncheck(i):
    trace = [{"module": "golang.org/x/text", "version": "v0.3.5", "package": "golang.org/x/text/language", "function": "Parse", "position": {"filename": "language/parse.go", "offset": 33, "line": 33, "column": 6}},
             {"module": "example.com/m", "package": "example.com/m", "function": f"main{own(i)}", "position": {"filename": "main.go", "offset": i, "line": i % 900 + 1, "column": 28}}]
    return json.dumps({"finding": {"osv": f"GO-2026-{i % 300}", "fixed_version": "v0.3.7", "trace": trace}}, indent=2) + "\n"


GOVULNCHECK = compact({"config": {"protocol_version": "v1.0.0", "scanner_name": "govulncheck", "scanner_version": "v1.8.0", "db": "https://vuln.go.dev", "db_last_modified": "2026-08-21T00:00:00Z", "scan_level": "symbol"}}) + compact(
    {"SBOM": {"modules": [{"path": "example.com/m"}, {"path": "golang.org/x/text", "version": "v0.3.5"}]}}) + "".join(
    compact({"osv": {"id": f"GO-2026-{at}", "summary": "one", "affected": [{"package": {"name": "golang.org/x/text"}, "ranges": []}]}}) for at in range(300)) + '{"progress":{"message":"Checking the code"}}'

WORDS = "A crafted input makes the parser read past the end of what it holds. " * 6


def osv_scanner(i):
    osv = {"id": f"GHSA-{i % 200}", "schema_version": "1.6.0", "modified": "2026-01-01T00:00:00Z", "aliases": [f"CVE-2026-{i % 200}"], "summary": "Out-of-bounds read", "details": WORDS,
           "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}], "affected": [{"package": {"name": f"example.com/p{own(i)}", "ecosystem": "Go"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "0.3.7"}]}]}], "references": [{"type": "WEB", "url": "https://example.com/advisory"}]}
    packages = [{"package": {"name": f"example.com/p{own(i)}", "version": "0.3.5", "ecosystem": "Go"}, "vulnerabilities": [osv], "groups": [{"ids": [osv["id"]], "aliases": [osv["id"]], "max_severity": "7.5"}]}]
    return json.dumps({"source": {"path": f"/w/part{i % 400}/go.mod", "type": "lockfile"}, "packages": packages}, indent=2)


def trivy(i):
    found = {"VulnerabilityID": f"CVE-2026-{i % 500}", "PkgID": f"lib{own(i)}@1.2.3", "PkgName": f"lib{own(i)}", "InstalledVersion": "1.2.3", "FixedVersion": "1.2.4", "Status": "fixed", "SeveritySource": "nvd", "PrimaryURL": f"https://avd.aquasec.com/nvd/cve-2026-{i % 500}", "Title": "lib: out-of-bounds read", "Description": WORDS,
             "Severity": "HIGH", "CweIDs": ["CWE-125"], "CVSS": {"nvd": {"V3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "V3Score": 7.5}}, "References": ["https://example.com/a", "https://example.com/b"]}
    return json.dumps({"Target": f"part{i % 400}/Cargo.lock", "Class": "lang-pkgs", "Type": "cargo", "Vulnerabilities": [found]}, indent=2)


def cargo_audit(i):
    return json.dumps({"advisory": {"id": f"RUSTSEC-2026-{i % 900:04}", "package": f"crate{own(i)}", "title": "Out-of-bounds read", "description": WORDS, "date": "2026-01-01", "aliases": [f"CVE-2026-{i % 900}"], "related": [], "collection": "crates", "categories": ["memory-corruption"], "keywords": [], "cvss": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "informational": None, "references": [], "source": None, "url": None, "withdrawn": None, "license": "CC0-1.0"},
                       "versions": {"patched": [">=0.2.23"], "unaffected": []}, "affected": None, "package": {"name": f"crate{own(i)}", "version": "0.1.44", "source": "registry", "checksum": "0" * 64, "dependencies": [{"name": "libc", "version": "0.2.1", "source": None}], "replace": None}})


def npm_audit(i):
    via = {"source": i % 900, "name": f"lib{i % 900}", "dependency": f"lib{i % 900}", "title": "Prototype pollution", "url": f"https://github.com/advisories/GHSA-{i % 900}", "severity": "critical", "cwe": ["CWE-1321"], "cvss": {"score": 9.8, "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}, "range": "<0.2.4"}
    return f'"package{own(i)}": {json.dumps({"name": f"package{own(i)}", "severity": "critical", "isDirect": False, "via": [via, "minimist"], "effects": ["mkdirp"], "range": "<=0.5.1", "nodes": [f"node_modules/package{own(i)}"], "fixAvailable": True}, indent=2)}'


def gitleaks(i):
    return json.dumps({"RuleID": "github-pat", "Description": "Uncovered a GitHub Personal Access Token, which may lead to unauthorized access.", "StartLine": i % 900 + 1, "EndLine": i % 900 + 1, "StartColumn": 5, "EndColumn": 44, "Match": "token = REDACTED", "Secret": "REDACTED", "File": f"{FILE(i)}.go", "SymlinkFile": "", "Commit": own(i, 35),
                       "Entropy": 4.1, "Author": "Ann", "Email": "ann@example.com", "Date": "2026-01-01T00:00:00Z", "Message": "feat: a thing", "Tags": [], "Fingerprint": f"{own(i, 35)}:{FILE(i)}.go:github-pat:{i % 900 + 1}"}, indent=1)


def semgrep(i):
    return compact({"check_id": "go.lang.security.audit.path-traversal", "path": f"{FILE(i)}.go", "start": {"line": i % 900 + 1, "col": 2, "offset": i}, "end": {"line": i % 900 + 1, "col": 30, "offset": i + 28},
                    "extra": {"message": "A path that comes from outside is opened.", "metadata": {"category": "security", "cwe": ["CWE-22"], "references": ["https://example.com/a"], "license": "x"}, "severity": "ERROR", "fingerprint": own(i, 59), "lines": "\tdata, err := os.ReadFile(name)", "validation_state": "NO_VALIDATOR", "engine_kind": "OSS"}})


def clippy(i):
    span = {"byte_end": 100, "byte_start": 90, "column_end": 15, "column_start": 5, "expansion": None, "file_name": f"{FILE(i)}.rs", "is_primary": True, "label": None, "line_end": i % 900 + 1, "line_start": i % 900 + 1, "suggested_replacement": None, "suggestion_applicability": None, "text": [{"highlight_end": 15, "highlight_start": 5, "text": "    let x = y.clone();"}]}
    return compact({"reason": "compiler-message", "package_id": "path+file:///w#a@0.1.0", "manifest_path": "/w/Cargo.toml", "target": {"kind": ["lib"], "crate_types": ["lib"], "name": "a", "src_path": "/w/src/lib.rs", "edition": "2024"},
                    "message": {"rendered": "warning: using `clone` on type `u8`\n  --> src/a.rs:3:5\n", "$message_type": "diagnostic", "children": [{"children": [], "code": None, "level": "help", "message": "try removing it", "rendered": None, "spans": []}], "code": {"code": "clippy::clone_on_copy", "explanation": None}, "level": "warning", "message": f"using `clone` on type `T{own(i)}`", "spans": [span]}}) + "\n"


def eslint(i):
    message = {"ruleId": "no-unused-vars", "severity": 2, "message": "'x' is assigned a value but never used.", "line": i % 900 + 1, "column": 7, "nodeType": "Identifier", "messageId": "unusedVar", "endLine": i % 900 + 1, "endColumn": 8}
    return compact({"filePath": f"/w/{FILE(i)}.js", "messages": [message], "suppressedMessages": [], "errorCount": 1, "fatalErrorCount": 0, "warningCount": 0, "fixableErrorCount": 0, "fixableWarningCount": 0, "source": "const x = 1;\nconsole.log(\"done\");\n", "usedDeprecatedRules": []})


def deno_lint(i):
    place = lambda column: {"line": i % 900 + 1, "col": column, "bytePos": i}
    return json.dumps({"filename": f"file:///w/{FILE(i)}.ts", "range": {"start": place(6), "end": place(7)}, "message": "`x` is never used", "code": "no-unused-vars", "hint": "If this is intentional, prefix it with an underscore like `_x`"}, indent=2)


SAMPLES = [
    Sample("coverage", "LCOV", lcov),
    Sample("coverage", "Cobertura", cobertura, fixed('<?xml version="1.0" ?>\n<coverage version="7.6" timestamp="1777622400000" line-rate="0.8">\n  <packages>\n    <package name="." line-rate="0.8">\n      <classes>\n'), fixed("      </classes>\n    </package>\n  </packages>\n</coverage>\n")),
    Sample("coverage", "JaCoCo", jacoco, fixed('<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="all">'), fixed("</report>")),
    Sample("coverage", "Clover", clover, fixed('<?xml version="1.0" encoding="UTF-8"?>\n<coverage generated="1777622400">\n  <project timestamp="1777622400">\n'), fixed("  </project>\n</coverage>\n")),
    Sample("coverage", "coverage.py", coverage_py, fixed('{"meta": {"format": 3, "version": "7.6", "timestamp": "2026-01-05T09:30:00"}, "files": {'), lambda n: f'}}, "totals": {{"covered_lines": {min(n, 400) * len(COVERED)}, "num_statements": {min(n, 400) * LINES}}}}}', ", "),
    Sample("coverage", "llvm-cov", llvm, fixed('{"data":[{"files":['), fixed('],"functions":[],"totals":{}}],"type":"llvm.coverage.json.export","version":"2.0.1"}'), ","),
    Sample("coverage", "Istanbul summary", istanbul, lambda n: f'{{"total": {{"lines": {{"total": {40 * min(n, 400)}, "covered": {32 * min(n, 400)}, "skipped": 0, "pct": 80}}}},\n', fixed("}"), ",\n"),
    Sample("tests", "go test -json", events),
    Sample("tests", "JUnit", junit, fixed('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'), fixed("</testsuites>\n")),
    Sample("tests", "TAP", tap, fixed("TAP version 13\n"), lambda n: f"1..{n}\n", counted=True),
    Sample("findings", "SARIF", sarif, fixed(SARIF), fixed("]}]}"), ","),
    Sample("findings", "gosec", gosec, fixed('{"Golang errors": {}, "Issues": ['), lambda n: f'], "Stats": {{"files": 9, "lines": 9, "nosec": 0, "found": {n}}}, "GosecVersion": "v2.27.1"}}', ", "),
    Sample("findings", "golangci-lint", golangci, fixed('{"Issues":['), fixed('],"Report":{"Linters":[{"Name":"errcheck","Enabled":true}]}}'), ","),
    Sample("findings", "govulncheck", govulncheck, fixed(GOVULNCHECK)),
    Sample("findings", "OSV-Scanner", osv_scanner, fixed('{"results": ['), fixed('], "experimental_config": {}}'), ", "),
    Sample("findings", "Trivy", trivy, fixed('{"SchemaVersion": 2, "Trivy": {"Version": "0.74.0"}, "ArtifactName": ".", "Results": ['), fixed("]}"), ", "),
    Sample("findings", "cargo-audit", cargo_audit, lambda n: f'{{"database": {{"advisory-count": 900}}, "lockfile": {{"dependency-count": 12}}, "settings": {{}}, "vulnerabilities": {{"found": true, "count": {n}, "list": [', fixed(']}, "warnings": {}}'), ","),
    Sample("findings", "npm audit", npm_audit, fixed('{"auditReportVersion": 2, "vulnerabilities": {'), lambda n: f'}}, "metadata": {{"vulnerabilities": {{"total": {n}}}, "dependencies": {{"total": {n}}}}}}}', ",\n"),
    Sample("findings", "gitleaks", gitleaks, fixed("["), fixed("]"), ",\n"),
    Sample("findings", "Semgrep", semgrep, fixed('{"version":"1.121.0","results":['), fixed('],"errors":[],"paths":{"scanned":["a.go"]}}'), ","),
    Sample("findings", "clippy", clippy, fixed('{"reason":"compiler-artifact","package_id":"a","target":{"kind":["lib"]}}\n'), fixed('{"reason":"build-finished","success":true}\n')),
    Sample("findings", "ESLint", eslint, fixed("["), fixed("]"), ","),
    Sample("findings", "deno lint", deno_lint, fixed('{"version": 1, "diagnostics": ['), fixed('], "errors": [], "checked_files": ["file:///w/a.ts"]}'), ","),
]
