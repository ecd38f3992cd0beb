//! The two text forms: OpenMetrics for those who ask for it, the older one for all others.
//!
//! In: an Accept header; a scrape as OpenMetrics. Out: the form that is wanted.
//! Does not know what is measured.

/// A text form of a scrape.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::admin) enum Form {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// The text format 0.0.4, which everything reads.
    Plain,
}

impl Form {
    /// The form that a client prefers (RFC 9110, section 12.5.1); the older one where it has no
    /// preference, as other exporters do.
    pub(in crate::admin) fn wanted(accept: &str) -> Self {
        let quality = |wanted: &str| {
            accept.split(',').filter_map(|range| quality_of(range, wanted)).fold(0.0, f32::max)
        };
        let open = quality("application/openmetrics-text");
        if open > 0.0 && open >= quality("text/plain") { Self::OpenMetrics } else { Self::Plain }
    }

    /// Its content type.
    pub(in crate::admin) fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Plain => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// Turns OpenMetrics into this form.
    pub(super) fn of(self, open_metrics: String) -> String {
        match self {
            Self::OpenMetrics => open_metrics,
            Self::Plain => plain(&open_metrics),
        }
    }
}

/// The quality that a range of an Accept header gives to the media type `wanted`.
fn quality_of(range: &str, wanted: &str) -> Option<f32> {
    let mut parts = range.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case(wanted) {
        return None;
    }
    let given = parts.find_map(|part| part.strip_prefix("q="));
    Some(given.map_or(1.0, |quality| quality.parse().unwrap_or(0.0)))
}

/// In the older form a metric is called like its samples, there is no type `info`, and no end
/// is marked.
fn plain(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len());
    let mut help = None;
    for line in open_metrics.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ');
        } else if let Some((name, kind)) =
            line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
        {
            let (suffix, kind) = match kind {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                _ => ("", kind),
            };
            if let Some((_, words)) = help.take() {
                text.extend(["# HELP ", name, suffix, " ", words, "\n"]);
            }
            text.extend(["# TYPE ", name, suffix, " ", kind, "\n"]);
        } else if !line.starts_with('#') {
            text.extend([line, "\n"]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_metrics_is_for_those_who_ask() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,\
            application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        assert_eq!(Form::wanted(prometheus), Form::OpenMetrics);
        assert_eq!(Form::wanted("application/openmetrics-text"), Form::OpenMetrics);
        for accept in [
            "",
            "*/*",
            "text/html",
            "text/plain",
            "text/plain, application/openmetrics-text;q=0.1",
            "application/openmetrics-text; q=0",
        ] {
            assert_eq!(Form::wanted(accept), Form::Plain, "{accept}");
        }
    }

    #[test]
    fn the_older_form_calls_metrics_like_their_samples() {
        let open = "# HELP a What it is.\n# TYPE a counter\na_total 1\n# HELP b Of it.\n\
            # TYPE b info\nb_info{v=\"1\"} 1\n# HELP c Size.\n# TYPE c gauge\nc 2\n# EOF\n";
        let expected = "# HELP a_total What it is.\n# TYPE a_total counter\na_total 1\n\
            # HELP b_info Of it.\n# TYPE b_info gauge\nb_info{v=\"1\"} 1\n# HELP c Size.\n\
            # TYPE c gauge\nc 2\n";
        assert_eq!(plain(open), expected);
    }
}
