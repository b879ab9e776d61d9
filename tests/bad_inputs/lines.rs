//! Lines of a JSONL file that are not as they should be.

use crate::case::{Case, Fate, Line, check, details, emitted, emitted_with, good, good_text, line};

/// A line that is `{"text":…}` with these bytes as the inside of its string.
fn text_of(name: &str, inside: &[u8], fate: Fate) -> Line {
    line(name, [b"{\"text\":\"", inside, b"\"}"].concat(), fate)
}

/// Every kind of bad line but the grammar's.
pub fn all() -> Vec<Line> {
    let nested =
        |n: usize, open: &str, close: &str, inner: &str| format!("{}{inner}{}", open.repeat(n), close.repeat(n));
    let with = |value: &str| format!("{{\"text\":\"{}\",\"v\":{value}}}", good_text(900));
    let sound = || good_text(900);
    vec![
        // 1: incomplete lines.
        line("cut in the text", "{\"id\":\"1\",\"text\":\"cut in the mid", Fate::Rejected("json-syntax")),
        line("cut in an escape", "{\"text\":\"cut \\u00", Fate::Rejected("json-syntax")),
        line("cut after a comma", "{\"text\":\"whole\",", Fate::Rejected("json-syntax")),
        line("only a brace", "{", Fate::Rejected("json-syntax")),
        // 3, 6, 7: bytes that are not UTF-8.
        text_of(
            // What fits the letters around it as windows-1252 is taken so.
            "one bad byte among good letters",
            b"Le caf\xC3\xA9 de la gare \xE9tait ferm\xC3\xA9, le th\xC3\xA9 aussi \xC3\xA0 cette heure.",
            emitted("Le café de la gare était fermé, le thé aussi à cette heure."),
        ),
        text_of(
            "a surrogate pair as two sequences of three bytes",
            b"Le caf\xC3\xA9 rit \xED\xA0\xBD\xED\xB8\x80 et d\xC3\xA9j\xC3\xA0 il ferme.",
            emitted("Le café rit 😀 et déjà il ferme."),
        ),
        text_of(
            "an overlong sequence",
            b"Le caf\xC3\xA9 est l\xC3\xA0 \xC0\xAF et d\xC3\xA9j\xC3\xA0 il ferme.",
            emitted("Le café est là \u{FFFD}\u{FFFD} et déjà il ferme."),
        ),
        text_of(
            "beyond the last code point",
            b"Le caf\xC3\xA9 est l\xC3\xA0 \xF5\x80\x80\x80 et d\xC3\xA9j\xC3\xA0 il ferme.",
            emitted("Le café est là \u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD} et déjà il ferme."),
        ),
        // Known failure: where all bytes beyond ASCII are bad, they are taken for another encoding's; this should be a
        // face.
        text_of(
            "a surrogate pair as two sequences alone",
            b"A smile \xED\xA0\xBD\xED\xB8\x80 on the wall.",
            emitted("A smile 頎巾竴 on the wall."),
        ),
        // 5: surrogates as escapes.
        text_of("a lone high surrogate", b"Half \\ud83d a face.", emitted("Half \u{FFFD} a face.")),
        text_of("a lone low surrogate", b"Half \\ude00 a face.", emitted("Half \u{FFFD} a face.")),
        text_of("an inverted pair", b"Turned \\ude00\\ud83d face.", emitted("Turned \u{FFFD}\u{FFFD} face.")),
        text_of("a whole pair", b"A \\ud83d\\ude00 face.", emitted("A 😀 face.")),
        line(
            "a lone surrogate elsewhere",
            format!("{{\"text\":\"{}\",\"by\":\"\\udcff\"}}", sound()),
            emitted_with(sound(), &[r#""by":"\ufffd""#]),
        ),
        // 8, 9: control characters.
        text_of("a raw NUL", b"Before\0 and after.", emitted("Before and after.")),
        text_of("a NUL escape", b"Before\\u0000 and after.", emitted("Before and after.")),
        text_of("a raw tab", b"Before\tand after.", emitted("Before\tand after.")),
        text_of("a raw escape character", b"Red \x1B[31mtext\x1B[0m here.", emitted("Red text here.")),
        line(
            "a raw control elsewhere",
            format!("{{\"text\":\"{}\",\"by\":\"a\u{1}b\"}}", sound()),
            emitted_with(sound(), &[r#""by":"a\u0001b""#]),
        ),
        // 10: byte order marks.
        line("a mark before the object", format!("\u{FEFF}{{\"text\":\"{}\"}}", sound()), emitted(sound())),
        text_of("a mark in the text", "Before\u{FEFF} and after.".as_bytes(), emitted("Before and after.")),
        line("a mark and nothing else", "\u{FEFF}", Fate::Blank),
        // 11, 12: line ends.
        line("a line that ends in CR and LF", format!("{{\"text\":\"{}\"}}\r", sound()), emitted(sound())),
        line("a CR between tokens", format!("{{\"text\":\r\"{}\"}}", sound()), emitted(sound())),
        text_of(
            "separators of lines and paragraphs",
            "One.\u{2028}Two.\u{2029}Three.\u{85}Four.".as_bytes(),
            emitted("One.\nTwo.\nThree.\nFour."),
        ),
        // 13: lines with nothing in them.
        line("empty", "", Fate::Blank),
        line("spaces", "   \t ", Fate::Blank),
        line("CR alone", "\r", Fate::Blank),
        // 14: numbers that no machine holds.
        line("not a number", with("NaN"), emitted_with(sound(), &["\"v\":null"])),
        line("infinite", with("[Infinity,-Infinity]"), emitted_with(sound(), &["\"v\":[null,null]"])),
        line("beyond a double", with("1e400"), emitted_with(sound(), &["\"v\":1e400"])),
        line(
            "thirty digits",
            with("123456789012345678901234567890"),
            emitted_with(sound(), &["\"v\":123456789012345678901234567890"]),
        ),
        line(
            "a fraction to the last digit",
            with("0.1000000000000000055511151231257827"),
            emitted_with(sound(), &["\"v\":0.1000000000000000055511151231257827"]),
        ),
        line("negative zero", with("-0"), emitted_with(sound(), &["\"v\":-0"])),
        // 15: names that stand twice.
        line(
            "the text twice",
            "{\"text\":\"The first.\",\"v\":1,\"text\":\"The last one wins.\"}",
            emitted("The last one wins."),
        ),
        line(
            "another field twice",
            format!("{{\"v\":1,\"text\":\"{}\",\"v\":222}}", sound()),
            emitted_with(sound(), &["\"v\":222,\"text\""]),
        ),
        // 16: no text.
        line("no text", "{\"id\":\"1\",\"body\":\"Wrong name.\"}", Fate::Rejected("text-missing")),
        line("no field at all", "{}", Fate::Rejected("text-missing")),
        line("null", "{\"text\":null}", Fate::Rejected("text-type")),
        line("a number", "{\"text\":12}", Fate::Rejected("text-type")),
        line("a truth", "{\"text\":true}", Fate::Rejected("text-type")),
        line("an array", "{\"text\":[\"a\",\"b\"]}", Fate::Rejected("text-type")),
        line("an object", "{\"text\":{\"text\":\"inner\"}}", Fate::Rejected("text-type")),
        line("an empty text", "{\"text\":\"\"}", emitted("")),
        line("a text of spaces", "{\"text\":\"   \"}", emitted("")),
        // 17: ids of all kinds stay as they are.
        line(
            "an id that is a number",
            format!("{{\"id\":9007199254740993,\"text\":\"{}\"}}", sound()),
            emitted_with(sound(), &["\"id\":9007199254740993"]),
        ),
        line(
            "an id that is null",
            format!("{{\"id\":null,\"text\":\"{}\"}}", sound()),
            emitted_with(sound(), &["\"id\":null"]),
        ),
        line(
            "an id that is an array",
            format!("{{\"id\":[1,\"a\"],\"text\":\"{}\"}}", sound()),
            emitted_with(sound(), &["\"id\":[1,\"a\"]"]),
        ),
        line("an id once", format!("{{\"id\":\"same\",\"text\":\"{}\"}}", sound()), emitted(sound())),
        line("an id twice", format!("{{\"id\":\"same\",\"text\":\"{}\"}}", sound()), emitted(sound())),
        // 18, 19: other than one object.
        line("an array of records", "[{\"text\":\"a\"},{\"text\":\"b\"}]", Fate::Rejected("json-syntax")),
        line("a string", "\"text\"", Fate::Rejected("json-syntax")),
        line("prose", "This is no JSON at all.", Fate::Rejected("json-syntax")),
        line("two objects", "{\"text\":\"a\"} {\"text\":\"b\"}", Fate::Rejected("json-syntax")),
        line("two objects without a space", "{\"text\":\"a\"}{\"text\":\"b\"}", Fate::Rejected("json-syntax")),
        line("a comma at the end", "{\"text\":\"a\"},", Fate::Rejected("json-syntax")),
        line("the dictionary of another language", "{'text': 'a', 'n': None}", Fate::Rejected("json-syntax")),
        line("a row of a table", "id,text\t1", Fate::Rejected("json-syntax")),
        // 20: depth.
        line("nested 100000 deep, unfinished", with(&"[".repeat(100_000)), Fate::Rejected("json-depth")),
        line("nested 100000 deep, whole", with(&nested(100_000, "[", "]", "")), Fate::Rejected("json-depth")),
        line("objects 100000 deep", with(&nested(100_000, "{\"a\":", "}", "1")), Fate::Rejected("json-depth")),
        line("one level too deep", with(&nested(513, "[", "]", "")), Fate::Rejected("json-depth")),
        line(
            "as deep as is allowed",
            with(&nested(512, "[", "]", "")),
            emitted_with(sound(), &[&nested(512, "[", "]", "")]),
        ),
        // 21: size.
        line(
            "longer than a record may be",
            format!("{{\"text\":\"{}\"}}", "long ".repeat(500_000)),
            Fate::Rejected("too-large"),
        ),
        // 22: what a crashed writer leaves.
        line("NUL bytes alone", [0; 4096], Fate::Rejected("only-nuls")),
        line("NUL bytes before a record", [&[0; 64][..], b"{\"text\":\"a\"}"].concat(), Fate::Rejected("json-syntax")),
        // 39 to 42: text that is strange and passes.
        text_of(
            "markup escaped twice",
            b"Salt &amp;amp; pepper &amp;lt;b&amp;gt;.",
            emitted("Salt &amp;amp; pepper &amp;lt;b&amp;gt;."),
        ),
        text_of("JSON in JSON", b"{\\\"text\\\":\\\"inner\\\"}", emitted("{\"text\":\"inner\"}")),
        text_of("half a megabyte of base64", "QUJD".repeat(131_072).as_bytes(), emitted("QUJD".repeat(131_072))),
        text_of(
            "a line in another encoding",
            "Стоит трамвай на остановке, и в нём никого нет.".chars().map(cp1251).collect::<Vec<u8>>().as_slice(),
            emitted("Стоит трамвай на остановке, и в нём никого нет."),
        ),
        text_of(
            "decoded wrongly twice",
            "Le cafÃƒÂ© ÃƒÂ©tait fermÃƒÂ© ce matin.".as_bytes(),
            emitted("Le café était fermé ce matin."),
        ),
        text_of("private use", "Logo \u{E000} here.".as_bytes(), emitted("Logo \u{E000} here.")),
        text_of("a noncharacter", "Before\u{FFFF} and after.".as_bytes(), emitted("Before and after.")),
        text_of("a word that grows when it is normalised for search", "\u{FDFA}".as_bytes(), emitted("\u{FDFA}")),
        text_of(
            "ten thousand marks on one letter",
            format!("a{}", "\u{301}\u{323}".repeat(5_000)).as_bytes(),
            emitted(format!("ạ{}{}", "\u{323}".repeat(4_999), "\u{301}".repeat(5_000))),
        ),
    ]
}

/// A letter as windows-1251 has it.
fn cp1251(c: char) -> u8 {
    match u32::from(c) {
        code @ 0x410..=0x44F => (code - 0x410 + 0xC0) as u8,
        0x451 => 0xB8,
        code => code as u8,
    }
}

/// A sound line with letters beyond ASCII; a file that holds it is in no other encoding.
fn utf8() -> Line {
    let text = "Le café est ouvert, le thé est là et déjà servi.";
    line("good", format!("{{\"text\":\"{text}\"}}"), emitted(text))
}

#[test]
fn each_bad_line_alone_meets_its_fate_and_the_rest_of_the_file_goes_on() {
    let lines = all();
    assert!(lines.len() >= 40, "{}", lines.len());
    // One run, one file a line, so that each stands alone in its file; what the next file holds is no matter.
    let cases: Vec<Case> = lines
        .iter()
        .enumerate()
        .map(|(i, bad)| {
            let lines = [utf8(), good(2 * i), bad.clone(), good(2 * i + 1)];
            Case::of_lines(&bad.name, &format!("{i:03}.jsonl"), &lines)
        })
        .collect();
    check(&cases, &[]);
}

#[test]
fn a_bad_line_at_the_end_without_its_line_end_is_bad_alike() {
    let cases: Vec<Case> = all()
        .into_iter()
        .enumerate()
        // Without its line end a line of nothing is nothing.
        .filter(|(_, bad)| bad.bytes.len() > 1)
        .map(|(i, mut bad)| {
            bad.bytes.pop();
            Case::of_lines(&bad.name, &format!("{i:03}.jsonl"), &[utf8(), good(i), bad.clone()])
        })
        .collect();
    check(&cases, &[]);
}

#[test]
fn the_detail_says_what_is_wrong_and_where() {
    let lines = [
        good(1),
        line("", "{\"text\":\"a\",}", Fate::Rejected("json-syntax")),
        line("", "{\"id\":1,\"body\":\"b\"}", Fate::Rejected("text-missing")),
        line("", "{\"text\":null}", Fate::Rejected("text-type")),
    ];
    let folder = check(&[Case::of_lines("details", "a.jsonl", &lines)], &[]);
    let said: Vec<String> = details(&folder).into_iter().map(|(_, detail)| detail).collect();
    assert!(said[0].starts_with("line 2: ") && said[0].ends_with("column 13"), "{said:?}");
    assert!(said[1].starts_with("line 3: no field `text`") && said[1].ends_with("id, body"), "{said:?}");
    assert!(said[2].starts_with("line 4: field `text` is null"), "{said:?}");
}

#[test]
fn what_was_rejected_can_be_fed_again_when_it_is_mended() {
    let bad = line("", "{\"text\":\"mend me\"", Fate::Rejected("json-syntax"));
    let folder = check(&[Case::of_lines("to mend", "a.jsonl", &[good(1), bad])], &[]);
    let rows = crate::case::rows_of(&folder);
    let crate::case::Row::Rejected { bytes, .. } = &rows["in/a.jsonl"][1] else { panic!("{rows:?}") };
    let mended = [bytes.trim_ascii_end(), b"}\n"].concat();
    let records = folder.pipe(["run", "-"], &mended).ended_with(0).records();
    assert_eq!(records[0]["text"], "mend me");
}
