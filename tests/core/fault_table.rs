//! The verdicts that the table of faults promises are those of the kinds of complaints and the states of clusters
//! that its rows name.

use std::fs;
use std::path::Path;

use fedns::core::complaint::costs_answers;
use fedns::core::verdict::Grade;

/// A row of the table.
struct Row {
    fault: String,
    /// What the operator sees.
    seen: String,
    verdict: String,
}

fn rows() -> Vec<Row> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    let text = fs::read_to_string(page).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| fault |"));
    rows.map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [fault, _, seen, verdict, _] = cells[..] else { panic!("{line}: five cells") };
        Row { fault: fault.to_owned(), seen: seen.to_owned(), verdict: verdict.to_owned() }
    })
    .collect()
}

#[test]
fn a_fault_that_costs_answers_is_never_called_fine() {
    let rows = rows();
    assert!(rows.len() > 60, "{} rows", rows.len());
    for Row { fault, seen, verdict } in rows {
        let words = seen.split('`').skip(1).step_by(2);
        let costly: Vec<_> = words.filter(|word| costs_answers(word)).collect();
        let is_worse = [Grade::Attention, Grade::Hurt, Grade::Unknown]
            .iter()
            .any(|grade| verdict.starts_with(grade.as_str()));
        assert!(is_worse || costly.is_empty(), "{fault}: {costly:?} is told as {verdict}");
        let is_known = is_worse
            || verdict.starts_with(Grade::Fine.as_str())
            || verdict.starts_with("none: ")
            || verdict == "what the services come to";
        assert!(is_known, "{fault}: \"{verdict}\" is no verdict");
    }
}
