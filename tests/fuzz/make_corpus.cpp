// Writes the corpus anew: build/release/tests/make_corpus tests/fuzz/corpus
#include "fuzz/corpus_writer.h"

#include <iostream>

int main(int count, char** arguments) {
  namespace fuzz = halfwave::fuzz;
  if (count != 2) {
    std::cerr << "make_corpus: name the folder to write to\n";
    return 2;
  }
  const std::filesystem::path root = arguments[1];
  fuzz::write_npy({root / "npy"});
  fuzz::write_npz({root / "npz"});
  fuzz::write_mat({root / "mat"});
  fuzz::write_pt({root / "pt"});
  fuzz::write_h5({root / "h5"});
  return 0;
}
