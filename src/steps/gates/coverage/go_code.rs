//! What Go's tool counts in a file: its statements, and the functions in which they stand.

use std::ops::{Range, RangeInclusive};

use tree_sitter::{Node, Parser};

/// A file of Go, as `go tool cover` sees it.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// How many statements it counts. More than one number is possible where there are labels, semicolons alone, and
    /// braces that are no function's: there it depends on what is around them.
    pub statements: RangeInclusive<u64>,
    /// The bodies of functions that lie in no other, in their order, in bytes.
    pub bodies: Vec<Range<usize>>,
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
        let mut counted = Counted::default();
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
                    return Some(counted.code());
                }
            }
        }
    }
}

#[derive(Default)]
struct Counted {
    least: u64,
    most: u64,
    bodies: Vec<Range<usize>>,
}

impl Counted {
    fn code(self) -> Code {
        Code { statements: self.least..=self.most, bodies: self.bodies }
    }

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
                    self.body(body.byte_range());
                }
            }
            // The statements that a label stands before are counted with it.
            "labeled_statement" => {
                self.least += u64::from(parent != "labeled_statement" && is_more(node));
                self.most += if parent == "labeled_statement" { 1 } else { 2 };
            }
            "empty_statement" => self.most += 1,
            // One that begins where a statement ends that control leaves, is not counted.
            "block" if parent == "statement_list" => self.most += 1,
            // `else if` counts as if braces stood around it.
            "if_statement" if parent == "if_statement" => self.count(),
            _ if parent == "statement_list" && !node.is_extra() && node.is_named() => self.count(),
            _ => {}
        }
        true
    }

    fn count(&mut self) {
        self.least += 1;
        self.most += 1;
    }

    fn body(&mut self, body: Range<usize>) {
        if self.bodies.last().is_none_or(|last| last.end <= body.start) {
            self.bodies.push(body);
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
        ] {
            let text = format!("package p\n\nfunc f() {{\n\t{body}\n}}\n");
            let code = Code::of(text.as_bytes()).unwrap();
            assert_eq!(code.statements, count, "{body}");
            assert_eq!(code.bodies, [20..text.len() - 1], "{body}");
        }
    }

    #[test]
    fn what_is_never_called_or_has_no_body_does_not_count() {
        let text = "package p\n\nfunc asm(int)\n\nfunc _() { a() }\n\nvar f = func() { a(func() { b() }) }\n\ntype t int\n\nfunc (t) m() { a() }\n";
        let code = Code::of(text.as_bytes()).unwrap();
        assert_eq!(code.statements, 3..=3);
        let bodies: Vec<&str> = code.bodies.iter().map(|body| &text[body.clone()]).collect();
        assert_eq!(bodies, ["{ a(func() { b() }) }", "{ a() }"]);
        assert_eq!(Code::of(b"package p\n\nfunc f() { if }\n"), None, "it is no Go");
    }
}
