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
    /// How many statements Go's tool counts in it and in the functions in it. More than one number is possible where a
    /// label, a semicolon alone or a brace that is no function's may count: versions of Go differ there.
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

    /// Whether something in it counts in any version of Go.
    pub fn counts(&self) -> bool {
        self.0.iter().any(|body| *body.statements.start() > 0)
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
            "statement_list" => self.list(node, text),
            // `else if` counts as if braces stood around it.
            "if_statement" if parent == "if_statement" => self.count(1, 1),
            _ => {}
        }
        true
    }

    /// Counts the statements of a list, without those in them.
    fn list(&mut self, list: &Node<'_>, text: &[u8]) {
        let mut semicolons = false;
        let mut before = None;
        for statement in list.named_children(&mut list.walk()).filter(|statement| !statement.is_extra()) {
            // A list begins behind a brace, or the colon of a case, with which what stands there may begin.
            let splits = || match before {
                Some(before) => is_split(before, text),
                None => statement.start_byte().checked_sub(1).is_some_and(|at| text[at] == b':'),
            };
            self.statement(&statement, splits);
            semicolons |= statement.kind() == "empty_statement";
            before = Some(statement);
        }
        if semicolons {
            // Where one is a statement, others of the list may be as well.
            let mut walk = list.walk();
            let all =
                list.children(&mut walk).filter(|child| matches!(child.kind(), "empty_statement" | ";"));
            self.count(0, all.count() as u64);
        }
    }

    /// Counts a statement; `splits` where Go's tool cuts between the one before and it. What would begin and end in one
    /// place then is no block, and not counted: a label, and a brace that is no function's. Go 1.27 counts neither of
    /// them. `splits` is asked for these alone: it searches text.
    fn statement(&mut self, statement: &Node<'_>, splits: impl FnOnce() -> bool) {
        match statement.kind() {
            // Those of a list are counted with it.
            "empty_statement" => {}
            "block" => self.count(0, u64::from(!splits())),
            "labeled_statement" => self.labeled(statement, splits()),
            _ => self.count(1, 1),
        }
    }

    /// Counts labels, one before the other, and what stands behind them.
    fn labeled(&mut self, label: &Node<'_>, splits: bool) {
        let (mut next, mut splits) = (inner(label), splits);
        loop {
            match next {
                Some(inner) if is_control(inner.kind()) => return self.count(1, 1),
                _ => self.count(0, u64::from(!splits)),
            }
            splits = true;
            match next {
                Some(label) if label.kind() == "labeled_statement" => next = inner(&label),
                Some(inner) if inner.kind() != "empty_statement" => return self.statement(&inner, || true),
                // A semicolon may stand there alone.
                _ => return self.count(0, 1),
            }
        }
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

/// The statement behind a label.
fn inner<'a>(label: &Node<'a>) -> Option<Node<'a>> {
    let count = u32::try_from(label.named_child_count()).ok()?;
    let inner = label.named_child(count.checked_sub(1)?)?;
    (inner.kind() != "label_name" && !inner.is_extra()).then_some(inner)
}

/// Whether a label stays with such a statement.
fn is_control(kind: &str) -> bool {
    matches!(
        kind,
        "for_statement" | "expression_switch_statement" | "type_switch_statement" | "select_statement"
    )
}

/// Whether Go's tool ends a block with a statement: control goes elsewhere there, or a function stands in it.
fn is_split(statement: Node<'_>, text: &[u8]) -> bool {
    let mut statement = statement;
    // Labels may stand before one another, in any number.
    while statement.kind() == "labeled_statement" {
        let Some(inner) = inner(&statement) else { return false };
        statement = inner;
    }
    match statement.kind() {
        "block"
        | "break_statement"
        | "continue_statement"
        | "goto_statement"
        | "fallthrough_statement"
        | "if_statement" => true,
        kind if is_control(kind) => true,
        kind => {
            (kind == "expression_statement" && is_panic(&statement, text))
                || (memmem::find(&text[statement.byte_range()], b"func").is_some()
                    && has_function(&statement))
        }
    }
}

fn is_panic(statement: &Node<'_>, text: &[u8]) -> bool {
    let call = statement.named_child(0).filter(|call| call.kind() == "call_expression");
    let called = |call: &Node<'_>| text.get(call.child_by_field_name("function")?.byte_range());
    let one = |call: &Node<'_>| {
        call.child_by_field_name("arguments").is_some_and(|all| all.named_child_count() == 1)
    };
    call.is_some_and(|call| called(&call) == Some(b"panic") && one(&call))
}

fn has_function(statement: &Node<'_>) -> bool {
    let mut cursor = statement.walk();
    loop {
        if cursor.node().kind() == "func_literal" {
            return true;
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_go_counts() {
        // What `go tool cover` of Go 1.26 and of 1.27 gives lies within each.
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
            ("L:\n\tfor {\n\t\tbreak L\n\t}", 2..=2),
            ("if a() {\n\t}\n\t{\n\t}", 1..=1),
            ("if a() {\n\t}\nL:\n\tb()", 2..=2),
            ("panic(1)\n{\n}", 1..=1),
            ("x(func() {})\n{\n}", 1..=1),
            ("goto L\nL:\n\t;", 1..=2),
            ("type t struct{ a int }", 1..=1),
            ("a(); ;", 1..=3),
            ("; ;", 0..=2),
            ("for i := 0; i < 3; i++ {\n\t\ta(';')\n\t} // ;\n;", 2..=3),
            ("L:\nM:\n\ta()", 1..=2),
            ("L:\nM:\n\tfor {\n\t}", 1..=2),
            ("L:\nM:\n\t;", 0..=2),
            ("a()\nL:\nM:\n\treturn\n\t{\n\t}", 2..=4),
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
    fn however_many_labels_and_lists_there_are_they_are_counted() {
        let labels: String = (0..100_000).map(|label| format!("l{label}:\n")).collect();
        let text = format!("package p\n\nfunc f() {{\n{labels}a()\n{{\n}}\n}}\n");
        assert_eq!(Code::of(text.as_bytes()).map(|code| code.0[0].statements.clone()), Some(1..=3));
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
