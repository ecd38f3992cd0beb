//! Tables for people: rows under titles, as wide as a terminal is, and else 80 columns.
//!
//! In: columns, with the order in which they give way, and rows. Out: text on standard output. Columns in which
//! nothing stands are left out; the name is never cut. Does not know what is told.

use std::io::{Write, stdout};

use terminal_size::{Width, terminal_size};

use crate::core::printable::Printable;

use super::format::{Cell, Format, Mood, Paint};

/// How wide a table is where no terminal says it.
const WIDTH: usize = 80;
/// Spaces between columns.
const GAP: usize = 2;

/// A column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    title: &'static str,
    /// The higher it is the earlier the column gives way; those of 0 stay.
    gives_way: u8,
}

/// A column that gives way as that says; 0 stays.
pub(super) const fn column(title: &'static str, gives_way: u8) -> Column {
    Column { title, gives_way }
}

/// Rows under titles.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub(super) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        let fit = |Cell { mood, text }| Cell::new(mood, Printable(text).to_string());
        self.rows.push(cells.into_iter().map(fit).collect());
    }

    /// Prints it.
    pub(super) fn print(&self, format: Format) -> anyhow::Result<()> {
        let width = terminal_size().map_or(WIDTH, |(Width(width), _)| usize::from(width));
        let width = (format != Format::Wide).then_some(width);
        Ok(stdout().lock().write_all(self.text(Paint::new(), width).as_bytes())?)
    }

    fn text(&self, paint: Paint, width: Option<usize>) -> String {
        let shown = self.shown(width);
        let titles = self.columns.iter().map(|it| Cell::new(Mood::Title, it.title)).collect();
        let mut text = String::new();
        for row in std::iter::once(&titles).chain(&self.rows) {
            for (place, &column) in shown.iter().enumerate() {
                let cell = &row[column];
                text.push_str(&paint.text(cell.mood, &cell.text));
                if place + 1 < shown.len() {
                    text.push_str(&" ".repeat(self.width(column) - cell.width() + GAP));
                }
            }
            text.push('\n');
        }
        text
    }

    /// The columns that are shown: those in which something stands, without those that give way.
    fn shown(&self, limit: Option<usize>) -> Vec<usize> {
        let is_told = |column: &usize| {
            let mut cells = self.rows.iter().map(|row| &row[*column]);
            self.columns[*column].gives_way == 0
                || self.rows.is_empty()
                || cells.any(|cell| !cell.text.is_empty() && *cell != Cell::none())
        };
        let mut shown: Vec<usize> = (0..self.columns.len()).filter(is_told).collect();
        let Some(limit) = limit else { return shown };
        while shown.iter().map(|column| self.width(*column) + GAP).sum::<usize>() > limit + GAP {
            let give = |place: &usize| self.columns[shown[*place]].gives_way;
            match (0..shown.len()).max_by_key(give).filter(|place| give(place) > 0) {
                Some(place) => _ = shown.remove(place),
                None => break,
            }
        }
        shown
    }

    /// The width of a column: that of its widest cell.
    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| row[column].width());
        cells.max().unwrap_or(0).max(self.columns[column].title.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let columns =
            [column("NAME", 0), column("STATE", 1), column("PLACES", 2), column("TTL", 3)];
        let mut table = Table::new(&columns);
        let cells = [Cell::new(Mood::Good, "healthy"), Cell::plain("zone"), Cell::none()];
        table.row(std::iter::once(Cell::plain("a".repeat(30))).chain(cells).collect());
        table
    }

    #[test]
    fn columns_give_way_by_their_order_and_the_name_never() {
        let (table, plain) = (table(), Paint { is_on: false });
        let first = |width| table.text(plain, width).lines().next().map(str::to_owned);
        let padded = format!("NAME{}", " ".repeat(28));
        assert_eq!(
            first(None),
            Some(format!("{padded}STATE    PLACES")),
            "nothing stands below TTL"
        );
        assert_eq!(first(Some(46)), Some(format!("{padded}STATE")));
        assert_eq!(table.text(plain, Some(10)), format!("NAME\n{}\n", "a".repeat(30)));
    }

    #[test]
    fn words_have_their_colours() {
        let coloured = table().text(Paint { is_on: true }, Some(48));
        assert!(coloured.contains("\x1b[32mhealthy\x1b[0m"), "{coloured:?}");
    }

    #[test]
    fn titles_stand_above_nothing_too() {
        let table = Table::new(&[column("NAME", 0), column("STATE", 1)]);
        assert_eq!(table.text(Paint { is_on: false }, Some(80)), "NAME  STATE\n");
    }
}
