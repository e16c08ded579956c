// Package identity knows who somebody is: users with roles and scope, their passwords, second factors
// and sessions, API keys of programs, and the links and codes that customers hold.
//
// It owns the tables identity_*. It turns a request into an [access.Actor] ([Service.Authenticate]) and
// knows nothing of what the actor then does; permissions are declared by the modules that check them.
//
// Secrets at rest: passwords as argon2id; session tokens, API keys and link tokens as SHA-256, since
// they are random and long; approval and recovery codes as keyed hashes, since they are short; TOTP
// secrets sealed by the installation's key. Service and finish codes are not stored at all: they are
// computed from the record and the key file. Hashing a password takes long and never happens inside a
// transaction.
//
// A passkey (WebAuthn, package github.com/go-webauthn/webauthn) signs in by itself, since its authenticator has verified
// the person; who has one is asked for a second factor after the password too. What an authenticator is asked is kept here,
// taken once and within five minutes; only its public key is kept. An administrator who resets a user's second factor or
// password takes his passkeys away.
//
// What was revoked stops working at once on the node that revoked it and within a second on others: a
// node trusts what it read about a session, key, link or role for one second.
package identity
