//! Master files as text: each type, each directive, each fault.

use fedns::core::zone::{StaticZone, print, type_name};
use hickory_proto::op::Message;
use proptest::prelude::*;

use crate::static_zones::{policy, read, zone};
use crate::support::packet::Ask;
use crate::support::{Sim, render};

const HEAD: &str = "$TTL 300\n@ SOA ns1 hostmaster 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.53\n";

/// Data as written, and as they are printed: one a line, `TYPE DATA => DATA`; without an arrow both are the same.
const DATA: &str = include_str!("data.txt");

/// The records of a zone as a master file.
fn printed(zone: &StaticZone) -> String {
    let mut text = String::new();
    for record in zone.records() {
        let mut owner = String::new();
        fedns::core::name::write_presentation(&record.owner, &mut owner).unwrap();
        let number = record.record_type.0;
        let data = print(number, record.data);
        text.push_str(&format!("{owner} {} IN {} {data}\n", record.ttl, type_name(number)));
    }
    text
}

struct Row {
    line: String,
    record_type: String,
    written: String,
    printed: String,
}

fn rows() -> Vec<Row> {
    let lines = DATA.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let row = |line: &str| {
        let (record_type, rest) = line.split_once(' ').unwrap();
        let (written, printed) = rest.split_once(" => ").unwrap_or((rest, rest));
        Row {
            line: line.to_owned(),
            record_type: record_type.to_owned(),
            written: written.to_owned(),
            printed: printed.to_owned(),
        }
    };
    lines.map(row).collect()
}

#[test]
fn data_of_every_type_are_printed_as_they_are_read_again() {
    for Row { line, record_type, written, printed: expected } in rows() {
        let text = format!("{HEAD}x {record_type} {written}\n");
        let one = zone("example.com", &text);
        let found = printed(&one);
        let row = found.lines().find(|row| row.starts_with("x.example.com.")).unwrap();
        assert_eq!(row, format!("x.example.com. 300 IN {record_type} {expected}"), "{line}");
        let again = zone("example.com", &found);
        assert_eq!(again, one, "{line}");
    }
}

#[test]
fn what_is_served_is_what_others_decode() {
    for Row { line, record_type, written, .. } in rows() {
        // ALIAS is never sent; and the decoder takes no record without data, as such there are in updates.
        if record_type == "ALIAS" || written == "\\# 0" {
            continue;
        }
        let text = format!("{HEAD}x {record_type} {written}\n");
        let mut sim = Sim::new(policy([zone("example.com", &text)]), std::time::Duration::ZERO);
        let number = fedns::core::zone::type_number(&record_type).unwrap();
        let reply = sim.ask(&Ask::new("x.example.com", &format!("TYPE{number}")));
        let message = Message::from_vec(&reply).unwrap_or_else(|bad| panic!("{line}: {bad}"));
        // A lone NS is a cut, below which nothing is answered.
        let answers = if record_type == "NS" { &message.authorities } else { &message.answers };
        assert_eq!(answers.len(), 1, "{line}\n{}", render::lines(&reply).join("\n"));
    }
}

/// Lines of a faulty file, and what is said of them: `LINE:COLUMN: words`.
const FAULTS: [(&str, &str); 40] = [
    ("x A 192.0.2", "5:5: `192.0.2` is no IPv4 address"),
    ("x A", "5:3: an IPv4 address is missing behind this"),
    ("x A 192.0.2.1 junk", "5:15: `junk` is more than the type has"),
    ("x AA 192.0.2.1", "5:3: there is no type `AA`"),
    ("x CH TXT a", "5:3: the one class that is served is IN"),
    ("x 99999999999 A 192.0.2.1", "5:3: `99999999999` is no TTL"),
    ("x.example.net. A 192.0.2.1", "5:1: x.example.net. lies outside of the zone example.com."),
    ("x..y A 192.0.2.1", "5:1: a label is empty"),
    ("x TXT \"a", "5:7: the quote is not closed on its line"),
    ("x TXT ( a", "5:7: the parenthesis is not closed"),
    ("x TXT a )", "5:9: no parenthesis is open"),
    ("x MX mail", "5:6: `mail` is no whole number from 0 to 65535"),
    ("x SRV 0 0 65536 a", "5:11: `65536` is no whole number from 0 to 65535"),
    ("x AAAA 192.0.2.1", "5:8: `192.0.2.1` is no IPv6 address"),
    ("x CNAME a\nx A 192.0.2.1", "5:1: a CNAME stands alone, and here beside A"),
    ("x CNAME a\nx CNAME b", "6:1: the name has a second CNAME"),
    ("x DNAME a\nx DNAME b", "6:1: the name has a second DNAME"),
    ("x DNAME a\nx NS b", "5:1: a DNAME stands at a cut, beside NS"),
    ("x SOA a b 1 2 3 4 5", "5:1: SOA stands at the apex, example.com., alone"),
    ("@ SOA a b 1 2 3 4 5", "5:1: the zone has a second SOA"),
    ("*.x NS a", "5:1: NS at a wildcard means nothing"),
    ("x ALIAS www.example.net.", "5:1: ALIAS leads to www.example.net., which lies in no zone"),
    ("x ALIAS a\nx A 192.0.2.1", "6:1: an address stands beside ALIAS"),
    ("x ALIAS y\ny ALIAS ns1", "5:1: ALIAS leads to y.example.com., which has an ALIAS itself"),
    ("x TYPE1 \\# 3 010203", "5:9: these octets are no data of a record of type A"),
    ("x TYPE65280 \\# 3 0102", "5:16: there are 2 octets, and not 3"),
    ("x TYPE65280 abc", "5:13: data of type TYPE65280 are written as octets"),
    ("x DS 1 13 2 aabb", "5:6: the digest has another length than its type wants"),
    ("x TLSA 3 1 1 aabb", "5:8: the association has another length"),
    ("x CAA 0 is-sue a", "5:9: a property has letters and digits alone"),
    ("x HTTPS 1 . alpn=h2 alpn=h3", "5:21: the key stands here twice"),
    ("x HTTPS 1 . mandatory=port", "5:9: a mandatory key is missing"),
    ("x LOC 91 N 0 E 0m", "5:7: `91` is no whole number from 0 to 90"),
    ("x OPT a", "5:3: OPT is for questions and messages, and not for zones"),
    ("$INCLUDE other", "5:10: there is no file other"),
    ("$GENERATE 3-1 x$ A 192.0.2.$", "5:11: `3-1` is no range"),
    ("$GENERATE 1-300 x$ A 192.0.2.$", "5:22: `192.0.2.256` is no IPv4 address"),
    ("$NOTHING", "5:1: no such directive"),
    ("$TTL", "5:1: a TTL is missing behind this"),
    ("x TXT \\256", "5:7: \\256 is above 255"),
];

#[test]
fn every_fault_has_its_place_and_its_words() {
    for (lines, expected) in FAULTS {
        let text = format!("{HEAD}{lines}\n");
        let loaded = read("example.com", text.as_bytes());
        assert!(loaded.zone.is_none(), "{lines}");
        let first = loaded.findings.faults[0].to_string();
        assert!(first.starts_with(&format!("test.zone:{expected}")), "{lines}\n{first}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let text: String = FAULTS.iter().map(|(lines, _)| format!("{lines}\n")).collect();
    let loaded = read("example.com", format!("{HEAD}{text}").as_bytes());
    // What stands behind the open parenthesis is lost with it.
    assert!(loaded.findings.fault_count() >= 10);
    let text = text.replace("x TXT ( a\n", "");
    let loaded = read("example.com", format!("{HEAD}{text}").as_bytes());
    assert!(loaded.findings.fault_count() >= FAULTS.len() - 1, "{:#?}", loaded.findings);
    assert!(read("example.com", b"").findings.faults[0].to_string().contains("holds no record"));
    let whole = |text: &[u8]| {
        let faults = read("example.com", text).findings.faults;
        faults.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let none = [
        "test.zone: the zone has no SOA at example.com.",
        "test.zone: the zone has no NS at example.com.",
    ];
    assert_eq!(whole(b"x 5 A 192.0.2.1"), none);
}

#[test]
fn origins_owners_and_ttls_follow_the_directives() {
    let text = "\
@ IN SOA ns1 hostmaster (
    2026120101 ; serial
    1h 10m 2w
    1m30s )
  NS ns1
ns1 A 192.0.2.1
$ORIGIN sub
a 30 A 192.0.2.2
  IN 40 TXT b
b A 192.0.2.3
$TTL 1d
@ A 192.0.2.4
$ORIGIN example.com.
$GENERATE 1-2 host${0,2} 60 A 192.0.2.$
c.sub\tAAAA 2001:db8::1
c.sub 5 AAAA 2001:db8::2
";
    let expected = "\
example.com. 90 IN NS ns1.example.com.
example.com. 90 IN SOA ns1.example.com. hostmaster.example.com. 2026120101 3600 600 1209600 90
host01.example.com. 60 IN A 192.0.2.1
host02.example.com. 60 IN A 192.0.2.2
ns1.example.com. 90 IN A 192.0.2.1
sub.example.com. 86400 IN A 192.0.2.4
a.sub.example.com. 30 IN A 192.0.2.2
a.sub.example.com. 40 IN TXT \"b\"
b.sub.example.com. 40 IN A 192.0.2.3
c.sub.example.com. 5 IN AAAA 2001:db8::1
c.sub.example.com. 5 IN AAAA 2001:db8::2
";
    let loaded = read("example.com", text.as_bytes());
    assert_eq!(printed(loaded.zone.as_ref().unwrap()), expected);
    let notices: Vec<_> = loaded.findings.notices.iter().map(ToString::to_string).collect();
    let several = "test.zone:15:1: the AAAA records here have several TTLs; all have 5 now";
    assert_eq!(notices, [several]);
}

#[test]
fn hostile_files_meet_bounds() {
    // RFC 1035, section 5.1, knows no bound of its own.
    let deep = "(".repeat(100_000);
    let long = format!("x TXT {}", "a ".repeat(200_000));
    let wide = "$GENERATE 0-999999999 x$ TXT \"$\"".to_owned();
    for text in [&deep, &long, &wide, &"\\".repeat(1000), &"\"".repeat(1000)] {
        let loaded = read("example.com", format!("{HEAD}{text}\n").as_bytes());
        assert!(loaded.zone.is_none());
    }
    let mut count = 0;
    let apex = fedns::core::name::Name::parse("example.com").unwrap();
    let file =
        |octets: &[u8]| fedns::core::zone::Included { file: "f".into(), octets: octets.to_vec() };
    let loaded =
        fedns::core::zone::load(&apex, file(b"$INCLUDE f\n$INCLUDE f\n"), &[], &mut |_| {
            count += 1;
            Ok(file(b"$INCLUDE f\n$INCLUDE f\n"))
        });
    assert!(loaded.zone.is_none() && count <= 1000, "{count}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_is_written_is_read_without_panic_and_printed_as_read(
        lines in proptest::collection::vec(
            proptest::sample::select(vec![
                "x A 192.0.2.1", "y.x TXT \"a;b\" c", "( z", ") ", "\\", "\"", "$ORIGIN a", "$TTL 5",
                "*.w MX 5 @", "; c", "v 1h IN NS ns1", "$GENERATE 1-3 g$ A 192.0.2.$", "  TXT d",
                "\\000\\.x CNAME y", "q HTTPS 1 . alpn=\"h2,h3\" port=8443",
            ]),
            0..12,
        ),
        junk in ".{0,20}",
    ) {
        let text = format!("{HEAD}{}\n", lines.join("\n"));
        if let Some(one) = read("example.com", text.as_bytes()).zone {
            prop_assert_eq!(&zone("example.com", &printed(&one)), &one);
        }
        let loaded = read("example.com", format!("{text}{junk}\n").as_bytes());
        prop_assert!(loaded.zone.is_some() == loaded.findings.faults.is_empty());
    }
}
