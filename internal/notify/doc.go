// Package notify owns what people are told by mail: the texts, and getting them to a mail server. What there is to tell is
// decided and written by internal/operation; this package reads it, sends it at least once, and gives up in the end.
//
// It must not know SQL, HTML or how a page looks, and it changes nothing but what became of a mail.
package notify
