//! Members of a JSON object, written one after the other: how formats that are not JSON hand on their fields.

use super::json::write_string;

/// Appends a member whose value is a text.
pub fn push_member(name: &str, value: &str, members: &mut Vec<u8>) {
    push_name(name, members);
    write_string(value, members);
}

/// Appends the name of a member, and the comma before it.
pub fn push_name(name: &str, members: &mut Vec<u8>) {
    if !members.is_empty() {
        members.push(b',');
    }
    write_string(name, members);
    members.push(b':');
}
