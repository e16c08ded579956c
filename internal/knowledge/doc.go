// Package knowledge owns what customers are asked when they report a fault: sets of questions by brand, product line and
// model, in the words of the product or of the firm.
//
// A set asks about dangers first, then which symptom it is, then a few things that somebody can see without a tool. The
// product brings a set for every product line; a firm copies and changes it, for all its brands, for one, or for one model of
// a brand. The most specific set in force is asked; without one it is the product's. A draft is nobody's until it is
// published; a published set never changes again, since forms that customers have open are answered by the set that they
// were asked from (for a day after it was replaced), and a case keeps question and answer in words.
//
// An answer may name a symptom of the catalogue and a danger; of the product's symptoms those do that the fault catalogue marks. A question may be asked only if an earlier one was answered in
// a certain way; a later one cannot be the condition, so nothing goes in circles. Texts are needed in Chinese; a missing
// English one is shown in Chinese, a missing Japanese or Korean one in English.
//
// A set is not published unless its first question, which everybody is asked, names every danger to life that the product
// asks about for that product line (gas, carbon monoxide, fire, electric shock). A firm may word them as it likes and add
// more. Leaving one out is refused rather than warned about: who smells gas and is not asked would read no safety words, and
// his report would wait in line with the others.
//
// It owns no tree of symptom, cause and action (catalog) and no case (cases).
package knowledge
