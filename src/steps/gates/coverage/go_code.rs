//! What Go's tool counts in a file: its statements, and the functions in which they stand.

use std::ops::{Range, RangeInclusive};

use memchr::memmem;
use tree_sitter::{Node, Parser};

/// A file of Go, as `go tool cover` sees it: the functions that lie in no other, in their order.
#[derive(Debug, PartialEq, Eq)]
pub struct Code(pub Vec<Body>);

/// The body of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// How many statements Go's tool counts in it and in the functions in it. More than one number is possible where
    /// there are labels, semicolons alone, and braces that are no function's: there it depends on what is around them.
    pub statements: RangeInclusive<u64>,
}

impl Code {
    /// Reads a file; none where it is not understood: its syntax may be newer than we are.
    pub fn of(text: &[u8]) -> Option<Self> {
        let mut parser = Parser::new();
        parser.set_language(&tree_sitter_go::LANGUAGE.into()).ok()?;
        let tree = parser.parse(text, None)?;
        let root = tree.root_node();
        if root.has_error() {
            return None;
        }
        let mut counted = Counted(Vec::new());
        let mut cursor = root.walk();
        // To ask a node for its parent would go down from the root each time.
        let mut around = vec![""];
        loop {
            let node = cursor.node();
            if counted.enter(&node, around.last().unwrap_or(&""), text) && cursor.goto_first_child() {
                around.push(node.kind());
                continue;
            }
            while !cursor.goto_next_sibling() {
                around.pop();
                if !cursor.goto_parent() {
                    return Some(Self(counted.0));
                }
            }
        }
    }
}

/// Whether a file says of its lines that they are those of another file, as what generators write does: `//line a.y:3`
/// or `/*line a.y:3*/` (cmd/compile, Line Directives). Go's tool follows these before version 1.27.
pub fn is_moved(text: &[u8]) -> bool {
    let at_line = |at: usize| at == 0 || text[at - 1] == b'\n';
    let until = |at: usize, mark: &[u8]| {
        let rest = &text[at..text.len().min(at + DIRECTIVE)];
        &rest[..memmem::find(rest, mark).unwrap_or(rest.len())]
    };
    memmem::find_iter(text, b"//line ").any(|at| at_line(at) && is_place(until(at, b"\n")))
        || memmem::find_iter(text, b"/*line ").any(|at| is_place(until(at, b"*/")))
}

/// The longest directive, in bytes.
const DIRECTIVE: usize = 8192;

/// Whether it ends with a colon and a number.
fn is_place(directive: &[u8]) -> bool {
    let mut parts = directive.trim_ascii_end().rsplit(|&byte| byte == b':');
    let digits = parts.next().unwrap_or_default();
    parts.next().is_some() && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

struct Counted(Vec<Body>);

impl Counted {
    /// Counts a node that stands in one of the kind `parent`; false where what is in it does not count.
    fn enter(&mut self, node: &Node<'_>, parent: &str, text: &[u8]) -> bool {
        match node.kind() {
            "function_declaration" | "method_declaration" | "func_literal" => {
                // It is never called, so Go's tool leaves it out.
                let blank = node
                    .child_by_field_name("name")
                    .is_some_and(|name| text.get(name.byte_range()) == Some(b"_"));
                if blank {
                    return false;
                }
                if let Some(body) = node.child_by_field_name("body") {
                    self.begin(body.byte_range());
                }
            }
            // The statements that a label stands before are counted with it.
            "labeled_statement" => {
                let least = u64::from(parent != "labeled_statement" && is_more(node));
                self.count(least, if parent == "labeled_statement" { 1 } else { 2 });
            }
            // Where one stands, other semicolons around it may be statements as well.
            "empty_statement" => {
                let around = node.parent().map_or(node.byte_range(), |list| list.byte_range());
                let semicolons = text[around].iter().filter(|&&byte| byte == b';').count();
                self.count(0, semicolons as u64);
            }
            // One that begins where a statement ends that control leaves, is not counted.
            "block" if parent == "statement_list" => self.count(0, 1),
            // `else if` counts as if braces stood around it.
            "if_statement" if parent == "if_statement" => self.count(1, 1),
            _ if parent == "statement_list" && !node.is_extra() && node.is_named() => self.count(1, 1),
            _ => {}
        }
        true
    }

    fn count(&mut self, least: u64, most: u64) {
        // Statements stand in functions alone.
        if let Some(body) = self.0.last_mut() {
            body.statements = body.statements.start() + least..=body.statements.end() + most;
        }
    }

    fn begin(&mut self, range: Range<usize>) {
        if self.0.last().is_none_or(|last| last.range.end <= range.start) {
            self.0.push(Body { range, statements: 0..=0 });
        }
    }
}

/// Whether a statement stands behind a label.
fn is_more(label: &Node<'_>) -> bool {
    label.named_children(&mut label.walk()).any(|child| {
        !child.is_extra()
            && !matches!(child.kind(), "label_name" | "labeled_statement" | "empty_statement" | "block")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_go_counts() {
        // Each of these numbers is what `go tool cover` of Go 1.26 and 1.27 gives.
        for (body, count) in [
            ("", 0..=0),
            ("a()", 1..=1),
            ("a(); b()", 2..=2),
            ("// no\n\tvar x = 1 /* none */\n\tconst y = 2", 2..=2),
            ("if a() {\n} else if b() {\n\tc()\n} else {\n}", 3..=3),
            ("if x := a(); x {\n\treturn\n}", 2..=2),
            ("for i := 0; i < 3; i++ {\n\tb()\n}", 2..=2),
            ("switch a() {\ncase 1, 2:\n\tb()\n\tc()\ndefault:\n}", 3..=3),
            ("switch x := y.(type) {\ncase int:\n\tb()\n}", 2..=2),
            ("select {\ncase <-c:\n\tb()\n}", 2..=2),
            ("go func() {\n\ta()\n}()", 2..=2),
            ("a()\n{\n\tb()\n}", 2..=3),
            ("L:\n\ta()", 1..=2),
            ("L:\n\tfor {\n\t\tbreak L\n\t}", 2..=3),
            ("type t struct{ a int }", 1..=1),
            ("a(); ;", 1..=3),
            ("; ;", 0..=2),
        ] {
            let text = format!("package p\n\nfunc f() {{\n\t{body}\n}}\n");
            let code = Code::of(text.as_bytes()).unwrap();
            let counts: Vec<_> = code.0.iter().map(|body| body.statements.clone()).collect();
            assert_eq!(counts, [count], "{body}");
            let bodies: Vec<&str> = code.0.iter().map(|body| &text[body.range.clone()]).collect();
            assert_eq!(bodies, [format!("{{\n\t{body}\n}}")]);
        }
    }

    #[test]
    fn files_that_speak_of_another_are_known() {
        for (text, moved) in [
            ("//line a.y:3\npackage a\n", true),
            ("package a\n//line a.y:3\r\n", true),
            ("package a /*line a.y:3:1*/\n", true),
            ("package a // see //line a.y:3\n", false),
            ("package a\n\n/*line up the columns*/\n", false),
            ("package a\n//line noise\n", false),
        ] {
            assert_eq!(is_moved(text.as_bytes()), moved, "{text}");
        }
    }

    #[test]
    fn what_is_never_called_or_has_no_body_does_not_count() {
        let text = "package p\n\nfunc asm(int)\n\nfunc _() { a() }\n\nvar f = func() { a(func() { b() }) }\n\ntype t int\n\nfunc (t) m() { a() }\n";
        let code = Code::of(text.as_bytes()).unwrap();
        let counts: Vec<_> = code.0.iter().map(|body| body.statements.clone()).collect();
        assert_eq!(counts, [2..=2, 1..=1]);
        let bodies: Vec<&str> = code.0.iter().map(|body| &text[body.range.clone()]).collect();
        assert_eq!(bodies, ["{ a(func() { b() }) }", "{ a() }"]);
        assert_eq!(Code::of(b"package p\n\nfunc f() { if }\n"), None, "it is no Go");
    }
}
