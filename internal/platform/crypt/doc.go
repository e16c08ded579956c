// Package crypt keeps personal data unreadable at rest, findable by equality, and fit to be shown.
//
// It owns the master key file, the table crypt_key of wrapped data keys, the sealed format, keyed
// lookup hashes and the masks that a screen, an index or a log may show. It does not know whose data
// a key seals: a subject is a name that the caller chose ("customer", "conversation", …). Addresses
// are masked by platform/geo, which knows divisions.
//
// # Keys
//
// A person (or a conversation or case without a known person) has a data key of 256 bits. The table
// holds it wrapped by a master key; the master keys are in a file of mode 0600 outside the database.
// Erasing a person destroys the wrapped key: whatever it sealed, here and in every backup that has
// no copy of crypt_key from before, is noise from then on. A restored backup brings destroyed keys
// back, so platform/backup keeps the list of [Keys.Destroyed] apart and calls [Keys.DestroyTx] again.
//
// # Sealed values
//
// A sealed value is: format byte 1, the 16 bytes of the key's UUID, a random nonce of 12 bytes, the
// AES-256-GCM ciphertext with its tag. Format byte and key id are authenticated. The empty string
// seals to nil, so that an absent value stays NULL.
//
// # Rotation
//
// [KeyFile.AddMaster] makes a new master current; new data keys are wrapped by it at once, and other
// processes read the file again when it changed or when they meet a version they do not hold.
// [Keys.Rotate] wraps the old rows again in batches and goes on where it stopped. Sealed values and
// lookup hashes stay as they are: lookups and signatures use a secret of the file that no rotation
// touches.
package crypt
