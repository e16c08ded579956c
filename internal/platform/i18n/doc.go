// Package i18n turns stable keys into words, in Chinese and English, and for customers in Japanese and Korean.
//
// Every module keeps two flat JSON files beside its code, words.zh-CN.json and
// words.en.json, and embeds them; app hands the folders of all modules to New.
// A message names its parameters in braces, optionally with a format:
//
//	"problem.cases.state": "服务请求处于“{state|word:case.state}”，不能{act}"
//	"clock.due":           "请在 {due|datetime} 前处理"
//
// Formats: number, percent, date, time, datetime, duration, list, word and
// word:prefix (the value's own translation, looked up as prefix.value).
//
// English has one plural rule: when the parameter n (or count) is 1, the key
// with ".one" appended is used if it exists.
//
// What customers read exists in [CustomerLanguages] too: console keeps those words,
// words.ja.json and words.ko.json, for the keys of all modules that its pages show.
//
// A key that is missing in the wanted language falls back to Chinese and English (in
// Japanese and Korean to English first), then to the key itself; a missing parameter stays in the text as
// {name}, so that tests and people see it.
//
// The package owns no table and knows no module. The screens have their own
// dictionaries in web/.
package i18n
