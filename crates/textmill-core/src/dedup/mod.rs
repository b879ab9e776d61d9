//! Fingerprints, shingles, signatures and the verified near-duplicate index.
