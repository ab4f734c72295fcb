//! `properties` and `parameters` with their metadata, and what makes a value secret.
//!
//! `key: !sensitive text` says the same as `sensitive: true` in the key's metadata (reference 1.7), so the reader writes
//! it there: later stages look at one place only. The tag may also stand deeper inside a value; then the whole value of the
//! key counts as secret, because metadata knows no parts. Hooks, extensions and schema 2 have no metadata: there the mark
//! stays on the value itself.

use crate::descriptor::{Metadata, Values, keys};
use crate::source::yaml::NodeKind;
use crate::tree::shape::{Fields, Reader, is_null};
use crate::tree::{Key, Kind, Map, Origin, Place, Value, read};
use std::collections::BTreeMap;

pub fn properties(reader: &mut Reader, fields: &Fields<'_>, place: &Place<'_>) -> Values {
    values(reader, fields, "properties", "properties-metadata", place)
}

pub fn parameters(reader: &mut Reader, fields: &Fields<'_>, place: &Place<'_>) -> Values {
    values(reader, fields, "parameters", "parameters-metadata", place)
}

fn values(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &'static str,
    metadata_key: &'static str,
    place: &Place<'_>,
) -> Values {
    let metadata = metadata(reader, fields, metadata_key, place);
    let mut values = Values { map: fields.map(key), metadata, open: fields.is_refused(key) };
    let tagged: Vec<Key> = if reader.major < 3 {
        Vec::new()
    } else {
        values.map.iter().filter(|(_, value)| value.holds_secret()).map(|(key, _)| key.clone()).collect()
    };
    for key in tagged {
        values.mark_sensitive(&key);
    }
    values.seal();
    values
}

fn metadata(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &'static str,
    place: &Place<'_>,
) -> BTreeMap<String, Metadata> {
    let Some(NodeKind::Map(pairs)) = fields.node(key).map(|node| &node.kind) else { return BTreeMap::new() };
    let place = place.key(key);
    let mut product = BTreeMap::new();
    for pair in pairs.iter() {
        let name = &*pair.key.value;
        let flags = if is_null(&pair.value) {
            Some(Metadata { key: Some(pair.key.span), span: Some(pair.key.span), ..Metadata::default() })
        } else {
            reader.fields(&pair.value, &keys::METADATA, &place.key(name)).map(|flags| Metadata {
                overwritable: flags.boolean("overwritable").unwrap_or(true),
                optional: flags.boolean("optional").unwrap_or(false),
                sensitive: flags.boolean("sensitive").unwrap_or(false),
                key: Some(pair.key.span),
                span: Some(pair.key.span.to(pair.value.span)),
                written: match read::value(&pair.value).kind {
                    Kind::Map(written) => written,
                    _ => Map::default(),
                },
            })
        };
        if let Some(flags) = flags {
            product.insert(name.to_string(), flags);
        }
    }
    product
}

impl Values {
    /// Sets `sensitive: true` in the metadata of a key; its other flags stay.
    pub fn mark_sensitive(&mut self, key: &Key) {
        let flags = self.metadata.entry(key.text.to_string()).or_default();
        if !flags.sensitive {
            flags.sensitive = true;
            flags.written.insert("sensitive".into(), Value::new(Kind::Bool(true), Origin::Nowhere));
        }
    }

    /// Makes the values of sensitive keys secret, through and through.
    pub fn seal(&mut self) {
        for (key, _) in self.metadata.iter().filter(|(_, flags)| flags.sensitive) {
            if let Some((key, value)) = self.map.get_key_value(key) {
                let (key, sealed) = (key.clone(), value.clone().sealed());
                self.map.insert(key, sealed);
            }
        }
    }
}
