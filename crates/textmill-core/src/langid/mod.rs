//! Language of each part of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Language;
impl Language {
    pub fn code(self) -> &'static str {
        "und"
    }
    pub fn from_code(_: &str) -> Option<Language> {
        Some(Language)
    }
    pub fn all() -> impl Iterator<Item = Language> {
        std::iter::empty()
    }
}
#[derive(Clone, Debug)]
pub struct LanguageSet;
impl LanguageSet {
    pub fn from_codes(_: &[String]) -> Result<LanguageSet, String> {
        Ok(LanguageSet)
    }
}
pub struct SpanConfig {
    pub languages: LanguageSet,
    pub min_score: f32,
}
#[derive(Clone, Copy)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub paragraph: u32,
    pub language: Language,
    pub score: f32,
}
pub fn spans(_: &str, _: &SpanConfig, _: &mut Vec<Span>) {}
#[derive(Default)]
pub struct DocumentLanguage {
    pub score: f32,
}
impl DocumentLanguage {
    pub fn code(&self) -> &'static str {
        "und"
    }
    pub fn shares(&self) -> impl Iterator<Item = (&'static str, f32)> {
        std::iter::empty()
    }
}
pub fn document_language(_: &[Span], _: &str) -> DocumentLanguage {
    DocumentLanguage::default()
}
