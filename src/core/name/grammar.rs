//! The grammar of federated names, read from the right end inwards.
//!
//! ```text
//! [_port._proto.] svc.ns.F.svc.[zone.][region.]S     canonical
//! [_port._proto.] svc.ns.F.[zone.][region.]S         short
//! ```
//!
//! In: a question's name and how many of its labels stand left of S. Out: which label is what.
//! Does not know which federations, places and services exist: the table is asked for those.

use std::ops::Range;

use super::QueryName;

/// The literal label of canonical names. No place is called so.
pub const SVC: &[u8] = b"svc";

/// Which of the two forms a name has; its CNAMEs keep it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// With the literal `svc` behind the federation.
    Canonical,
    /// Without it.
    Short,
}

/// A name that has the shape of a service's name. All numbers are labels from the left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ServiceName {
    /// The form.
    pub form: Form,
    // A name has 127 labels at most, and what is small costs an answer less to hand on.
    service: u8,
    location: (u8, u8),
}

impl ServiceName {
    /// The shape of a name inside clusters, whose first four labels are those of a canonical one.
    pub const IN_CLUSTER: Self = Self { form: Form::Canonical, service: 0, location: (4, 4) };

    /// Reads the `left` labels before S; `None` where they have no service name's shape.
    pub fn read(name: &QueryName, left: usize) -> Option<Self> {
        let is_port = |index: usize| index < left && name.label(index).first() == Some(&b'_');
        // RFC 2782: the underscores keep ports and protocols apart from services' names.
        let service = if is_port(0) && is_port(1) { 2 } else { 0 };
        let federation = service + 2;
        let is_canonical = federation + 1 < left && name.label(federation + 1) == SVC;
        let location = federation + 1 + usize::from(is_canonical);
        let form = if is_canonical { Form::Canonical } else { Form::Short };
        // A location has two labels at most.
        (federation < left && left <= location + 2).then_some(Self {
            form,
            service: service as u8,
            location: (location as u8, left as u8),
        })
    }

    /// Where the service's label stands; 2 behind `_port._proto`, else 0. Namespace and federation
    /// follow it.
    pub fn service(self) -> usize {
        usize::from(self.service)
    }

    /// Where the federation's label stands.
    pub fn federation(self) -> usize {
        self.service() + 2
    }

    /// The labels of service and namespace.
    pub fn key(self) -> Range<usize> {
        self.service()..self.service() + 2
    }

    /// The labels of the location: none, one or two.
    pub fn location(self) -> Range<usize> {
        usize::from(self.location.0)..usize::from(self.location.1)
    }

    /// The labels that stay when the place changes: all between the ports and the location.
    pub fn stem(self) -> Range<usize> {
        self.service()..usize::from(self.location.0)
    }

    /// The same name without its location.
    pub fn without_location(self) -> Self {
        Self { location: (self.location.0, self.location.0), ..self }
    }
}

/// One way to read a name as an inner node: something that stands between S and the names of
/// services, so that it exists where one of those does (RFC 8020).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InnerName {
    /// The namespace's label.
    pub namespace: Option<usize>,
    /// The federation's label.
    pub federation: Option<usize>,
    /// The labels of the location: none, one or two.
    pub location: Range<usize>,
}

impl InnerName {
    /// Every way to read the `left` labels before S. Where labels coincide there are several.
    pub fn readings(name: &QueryName, left: usize) -> impl Iterator<Item = Self> {
        (0..=left.min(2)).filter_map(move |location| {
            let start = left - location;
            let is_canonical = start > 0 && name.label(start - 1) == SVC;
            let (namespace, federation) = match (start, is_canonical) {
                (0, _) if location > 0 => (None, None),
                (1, true) => (None, None),
                (1, false) | (2, true) => (None, Some(0)),
                (2, false) | (3, true) => (Some(0), Some(1)),
                _ => return None,
            };
            Some(Self { namespace, federation, location: start..left })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::name::Name;

    fn query(text: &str) -> QueryName {
        let mut name = QueryName::default();
        name.read(Name::parse(text).expect("a name").wire(), 0).expect("a name in wire form");
        name
    }

    fn shape(text: &str) -> Option<(Form, usize, usize)> {
        let name = query(text);
        let left = name.label_count();
        ServiceName::read(&name, left).map(|it| (it.form, it.service(), it.location().len()))
    }

    #[test]
    fn reads_every_form() {
        assert_eq!(shape("web.shop.fed.svc.a.eu"), Some((Form::Canonical, 0, 2)));
        assert_eq!(shape("web.shop.fed.svc"), Some((Form::Canonical, 0, 0)));
        assert_eq!(shape("web.shop.fed"), Some((Form::Short, 0, 0)));
        assert_eq!(shape("web.shop.fed.a.eu"), Some((Form::Short, 0, 2)));
        assert_eq!(shape("_http._tcp.web.shop.fed.svc.eu"), Some((Form::Canonical, 2, 1)));
        // A service may be called svc, like the label.
        assert_eq!(shape("svc.svc.svc.svc"), Some((Form::Canonical, 0, 0)));
        assert_eq!(shape("x.web.shop.fed.svc.a.eu"), None);
        assert_eq!(shape("shop.fed"), None);
    }

    #[test]
    fn inner_names_have_all_their_readings() {
        let readings = |text: &str| {
            let name = query(text);
            InnerName::readings(&name, name.label_count())
                .map(|it| (it.namespace, it.federation, it.location.len()))
                .collect::<Vec<_>>()
        };
        // A lone label: a federation of short names, or a place.
        assert_eq!(readings("eu"), [(None, Some(0), 0), (None, None, 1)]);
        assert_eq!(readings("svc"), [(None, None, 0), (None, None, 1)]);
        assert_eq!(readings("shop.fed.svc.a.eu"), [(Some(0), Some(1), 2)]);
        // A shape only: no federation is called shop, no place fed.svc.
        assert_eq!(readings("web.shop.fed.svc"), [(Some(0), Some(1), 2)]);
    }
}
