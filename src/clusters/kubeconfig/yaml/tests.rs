//! YAML as kubectl has it: what `kubectl config view --raw` printed of each row is written here.

use super::*;

fn source() -> TextSource {
    TextSource { name: "it".into(), has_lines: true }
}

fn parsed(text: &str) -> Rc<Node> {
    parse(text.as_bytes(), &source()).unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

fn fault(text: &[u8]) -> String {
    parse(text, &source()).expect_err("bad").to_string()
}

/// A tree in short.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Flag(flag) => flag.to_string(),
        Value::List(items) => {
            format!("[{}]", items.iter().map(|item| shown(item)).collect::<Vec<_>>().join(" "))
        }
        Value::Map(entries) => {
            let all = entries.iter().map(|it| format!("{}:{}", it.key, shown(&it.node)));
            format!("{{{}}}", all.collect::<Vec<_>>().join(" "))
        }
        Value::Null => "null".into(),
        Value::Number(text) => format!("#{text}"),
        Value::Text(text) => format!("{text:?}"),
    }
}

#[test]
fn scalars_are_those_of_yaml_1_1() {
    for (text, expected) in [
        ("12345", "#12345"),
        ("yes", "true"),
        ("y", "true"),
        ("Off", "false"),
        ("yEs", "\"yEs\""),
        ("0x1F", "#0x1F"),
        ("1_000", "#1_000"),
        ("010", "#010"),
        ("09", "#09"),
        ("0o17", "#0o17"),
        ("0b101", "#0b101"),
        ("1e3", "#1e3"),
        ("-.5", "#-.5"),
        (".inf", "#.inf"),
        ("2001-01-01", "\"2001-01-01\""),
        ("1:20", "\"1:20\""),
        ("1e999", "\"1e999\""),
        ("0x123456789012345678901", "\"0x123456789012345678901\""),
        ("123456789012345678901234567890", "#123456789012345678901234567890"),
        ("1-2", "\"1-2\""),
        ("~", "null"),
        ("", "null"),
        ("'12345'", "\"12345\""),
        ("!!str 123", "\"123\""),
        ("!!binary aGVsbG8=", "\"hello\""),
        ("!foo abc", "\"abc\""),
        ("<<", "\"<<\""),
        ("=", "\"=\""),
    ] {
        assert_eq!(shown(&parsed(&format!("a: {text}\n"))), format!("{{a:{expected}}}"), "{text}");
    }
}

#[test]
fn structure_is_that_of_kubectl() {
    for (text, expected) in [
        ("", "null"),
        ("a: 1\n---\na: 2\n", "{a:#1}"),
        ("---\na: 1\n...\n", "{a:#1}"),
        ("a: x\nb: w\na: z\n", "{a:\"z\" b:\"w\"}"),
        ("x: &x {a: b}\ny: [*x]\n", "{x:{a:\"b\"} y:[{a:\"b\"}]}"),
        ("x: &x {a: b, c: d}\ny: {<<: *x, a: e}\n", "{x:{a:\"b\" c:\"d\"} y:{a:\"e\" c:\"d\"}}"),
        (
            "x: &x {a: b}\nz: &z {a: c, d: e}\ny: {<<: [*x, *z]}",
            "{x:{a:\"b\"} z:{a:\"c\" d:\"e\"} y:{a:\"b\" d:\"e\"}}",
        ),
        ("{\"a\":\t\"b\"}\n", "{a:\"b\"}"),
        ("1: a\nyes: b\n", "{1:\"a\" yes:\"b\"}"),
        ("a: |\n  x\n  y\n", "{a:\"x\\ny\\n\"}"),
        ("\u{feff}a: b\n", "{a:\"b\"}"),
    ] {
        assert_eq!(shown(&parsed(text)), expected, "{text:?}");
    }
    let utf16 = |unit: fn(u16) -> [u8; 2]| "\u{feff}a: b\n".encode_utf16().flat_map(unit).collect();
    let both: [Vec<u8>; 2] = [utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)];
    for octets in both {
        assert_eq!(shown(&parse(&octets, &source()).expect("text")), "{a:\"b\"}");
    }
}

#[test]
fn what_can_not_be_read_is_said_with_its_place() {
    for (text, place) in [
        (&b"a: b\n c: d\n"[..], "it: line 2, column "),
        (b"a:\n\tb: c\n", "it: line 2, column "),
        (b"a: 'b\n", "it: line "),
        (b"a: [b\n", "it: line "),
        (b"a: *b\n", "it: line 1, column 4: this can not be read as a kubeconfig"),
        (b"a: &x [*x]\n", "it: line 1, column 8: this alias refers to what it stands in"),
        (b"a: b\nc: \xff\n", "it: line 2, column 4: this is no text in UTF-8"),
        (b"a: !!binary x\n", "it: line 1, column 13: what !!binary stands for is no base64"),
        (b"a: !!binary /w==\n", "it: line 1, column 13: what !!binary stands for is no text"),
        (b"a: {<<: b}\n", "it: line 1, column 9: what `<<` merges is a mapping"),
        (b"? [a]\n: b\n", "it: line 1, column 3: a list stands here; expected a key"),
        (b"\xff\xfe\x00\xd8", "it: this is no text in UTF-16"),
    ] {
        let said = fault(text);
        assert!(said.starts_with(place), "{said}");
    }
    let derived = TextSource { name: "it".into(), has_lines: false };
    let said = parse(b"a: *b\n", &derived).expect_err("bad").to_string();
    assert!(said.starts_with("it: this can not be read as a kubeconfig"), "{said}");
}

#[test]
fn no_text_takes_the_stack_or_the_memory() {
    for text in ["[".repeat(1_000_000), "{a: ".repeat(100_000), "- ".repeat(100_000)] {
        let said = fault(text.as_bytes());
        assert!(
            said.contains("stands in more than 100 others") || said.contains("expected YAML"),
            "{said}"
        );
    }
    // The parser gives what stands for nothing here without end.
    let endless = "Uv;r:\r\r-\rr:\r\r-\r#V-r:v;r:\r\r:\r\r-\rr::\r\r-\r#-\r\r-\rr:textarmd: &d- #:\"{\n- 1#s \
                   {sed: &sared- #:\"{\n- ";
    assert!(fault(endless.as_bytes()).contains("this can not be read as a kubeconfig"));
    // Each line doubles the one above.
    let mut text = "a0: &a0 x\n".to_owned();
    for line in 1..64 {
        text.push_str(&format!("a{line}: &a{line} [*a{0}, *a{0}]\n", line - 1));
    }
    assert!(fault(text.as_bytes()).contains("more than 500000 values"));
    let keys: String = (0..10_000).map(|key| format!("k{key}: v, ")).collect();
    let merges = "- {<<: *x}\n".repeat(1000);
    let text = format!("x: &x {{{keys}}}\ny:\n{merges}");
    assert!(fault(text.as_bytes()).contains("stand for too much"));
}
