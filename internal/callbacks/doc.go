// Package callbacks owns the question "how did it go?": a task that asks the customer after work, by an
// agent's call along a script or by the customer's own link, with a classed result.
//
// It decides when somebody is asked ([Triggers]), counts attempts, keeps answers and tells the order
// ([orders.Service.CallbackResultTx]): positive, negative or waived. A call outranks the link; when both
// were given and one is happy and the other is not, callback.contradicted is published. The caller never
// belongs to the outlet that did the work: answers are recorded by the centre only.
package callbacks
