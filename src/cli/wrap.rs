//! Sentences in as many columns as a terminal has: broken between words, never inside one.
//!
//! In: a text, and how wide it may be. Out: lines. A word that is wider stands alone on its line, whole.
//! Does not know what is said.

/// The lines of a text, each no wider than `width` columns where its words are not.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split(' ') {
        let wide = word.chars().count();
        match lines.last_mut() {
            Some(line) if used + 1 + wide <= width => {
                line.push(' ');
                line.push_str(word);
                used += 1 + wide;
            }
            _ => {
                lines.push(word.to_owned());
                used = wide;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_break_between_words_and_names_stay_whole() {
        let text = "east leaves shop/a-service-with-a-long-name: no ready endpoint";
        let lines = ["east leaves", "shop/a-service-with-a-long-name:", "no ready", "endpoint"];
        assert_eq!(wrapped(text, 12), lines);
        assert_eq!(wrapped(text, 100), [text]);
        assert_eq!(wrapped("", 10), [""]);
    }
}
