/// A library that is preloaded into the program, so that its computer's clock is wrong: `SKEW_SECONDS` says by how
/// much. It declares nothing of its own.
