//! What stands at the beginning of a file of Go, and says where it is compiled.

use memchr::memmem;

use super::go_code::is_moved;

/// Whether it is compiled for some systems or tags alone, or where there is C, or speaks of another file.
pub fn is_elsewhere(text: &[u8]) -> bool {
    // Constraints count before the package clause, and imports stand before all else.
    let mut head = lines(text).take_while(|line| line.is_empty() || line.starts_with(b"//"));
    let begins = |line: &[u8]| {
        [&b"func"[..], b"var", b"type", b"const"].iter().any(|word| is_blank_behind(line, word))
    };
    let mut imports = lines(text).take_while(|line| !begins(line));
    head.any(is_constraint) || imports.any(imports_c) || is_moved(text)
}

/// The lines of Go before any text of several lines, without blanks around them and without comments in `/* */` that
/// they begin with.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut comment = false;
    text.split(|&byte| byte == b'\n').filter_map(move |line| {
        let mut line = line.trim_ascii();
        loop {
            if comment {
                let end = memmem::find(line, b"*/")?;
                comment = false;
                line = line[end + 2..].trim_ascii_start();
            }
            let Some(rest) = line.strip_prefix(b"/*") else { return Some(line) };
            comment = true;
            line = rest;
        }
    })
}

/// Whether a line begins with this word and a blank.
fn is_blank_behind(line: &[u8], word: &[u8]) -> bool {
    line.strip_prefix(word).is_some_and(|rest| matches!(rest.first(), Some(b' ' | b'\t')))
}

/// Whether a comment says where the file is compiled (go/build/constraint).
fn is_constraint(line: &[u8]) -> bool {
    let old =
        line.strip_prefix(b"//").is_some_and(|words| is_blank_behind(words.trim_ascii_start(), b"+build"));
    old || is_blank_behind(line, b"//go:build")
}

/// Whether a line imports C, alone or in a list.
fn imports_c(line: &[u8]) -> bool {
    let names = line.strip_prefix(b"import").unwrap_or(line).trim_ascii_start();
    names.strip_prefix(b"(").unwrap_or(names).trim_ascii_start().starts_with(b"\"C\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_compiled_everywhere_are_known() {
        for text in [
            "//go:build linux\n\npackage a\n",
            "// words\n\n\t// +build linux\r\n\npackage a\n",
            "/* words\n*/ //go:build linux\npackage a\n",
            "package a\n\nimport \"C\"\n",
            "package a\n\n/*\nint var = 1;\n*/\nimport \"C\" // words\n",
            "package a\n\nimport (\n\t\"C\"\n)\n",
            "package a\n\nimport (\"C\")\n",
        ] {
            assert!(is_elsewhere(text.as_bytes()), "{text}");
        }
        for text in [
            "// see //go:build linux\n\npackage a\n",
            "/*\n//go:build linux\n*/\npackage a\n",
            "//go:builder\n\npackage a\n",
            "package a // \"C\"\n\n//go:build linux\n",
            "package a\n\n/*\nimport \"C\"\n*/\n",
            "package a\n\nimport \"fmt\"\n",
            "package a\n\nvar grade = \"C\"\n",
            "package a\n\nconst tag = `\n//go:build x`\n",
        ] {
            assert!(!is_elsewhere(text.as_bytes()), "{text}");
        }
    }
}
