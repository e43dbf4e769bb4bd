#include "core/error.h"
#include "datasets/readers/pt.h"
#include "support/pt_files.h"
#include "support/shared_files.h"

#include <QtTest/QtTest>

#include <random>

using namespace halfwave;
using namespace halfwave::datasets;
using pt_files::write_archive;
using pt_files::write_bytes;
using pt_files::write_dict;

class PtBadInputTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::filesystem::path file(const char* name = "a.pt") const {
    return std::filesystem::path(folder_.path().toStdString()) / name;
  }

  /// What reading says; empty when it accepts the file. Anything but an Error escapes and fails the test.
  std::string complaint(const std::filesystem::path& path, int dimension = 0) {
    try {
      read_pt(path, dimension);
      return {};
    } catch (const RequestError& error) {
      return error.what();
    }
  }

  /// The complaint is one sentence that begins with the file and has this in it.
  void refused(const std::string& part, int dimension = 0) {
    const std::string text = complaint(file(), dimension);
    QVERIFY2(text.starts_with(file().string() + " "), text.c_str());
    QVERIFY2(text.find(part) != std::string::npos, text.c_str());
    QVERIFY2(text.ends_with(".") && text.find('\n') == std::string::npos, text.c_str());
  }

  void pickle_refused(const std::string& pickle, const std::string& part) {
    write_archive(file(), {{"data.pkl", pickle}, {"data/0", std::string(64, '\1')}});
    refused(part);
  }

  /// A pickle of {"x": tensor, "y": tensor} with these numbers for a float storage of 16 values.
  static std::string tensors(const std::string& offset, const std::string& sizes, const std::string& strides,
                             const std::string& elements = "K\x10") {
    const std::string tensor =
        "ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x01"
        "0U\x03"
        "cpu" +
        elements + "tQ" + offset + sizes + strides +
        "\x89"
        "ccollections\nOrderedDict\n)RtR";
    return "\x80\x02}(U\x01x" + tensor + "U\x01y" + tensor + "u.";
  }

  /// LONG1 of eight bytes.
  static std::string integer(std::int64_t value) {
    std::string text = "\x8a\x08";
    for (int i = 0; i < 8; ++i) text += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
    return text;
  }
  static std::string zero() { return std::string("K\0", 2); }

  std::string small_file() {
    const auto x = at::arange(48, at::kFloat).reshape({3, 4, 4});
    write_dict(file("small.pt"),
               {{"x", x.gt(20)}, {"y", x.permute({2, 0, 1}).contiguous().permute({1, 2, 0})}});
    return pt_files::read_bytes(file("small.pt"));
  }

 private Q_SLOTS:
  void not_a_file() {
    std::filesystem::remove(file());
    refused("does not exist");
    std::filesystem::create_directory(file());
    refused("is a folder");
    std::filesystem::remove(file());
    std::filesystem::create_symlink("/dev/zero", file());
    refused("is no ordinary file");
    std::filesystem::remove(file());
  }

  void foreign_files() {
    write_bytes(file(), "");
    refused("is empty");
    write_bytes(file(), "P");
    refused("is not a zip archive");
    write_bytes(file(), "\x89PNG\r\n\x1a\n" + std::string(500, 'x'));
    refused("is not a zip archive");
    write_bytes(file(), "x,y\n1,2\n");
    refused("is not a zip archive");
    write_bytes(file(), std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15));
    refused("PyTorch before 1.6");
    write_archive(file(), {{"hello.txt", "hello"}});
    refused("holds no data.pkl");
  }

  void pickles_that_would_run_code_are_refused() {
    const auto marker = file("executed");
    pickle_refused(
        "\x80\x02"
        "cos\nsystem\n(X" +
            std::string("\x05\0\0\0", 4) +
            "touch"
            "tR.",
        "would call os.system");
    pickle_refused(
        "cbuiltins\neval\n(U\x01"
        "1tR.",
        "would call builtins.eval");
    pickle_refused("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.", "would call os.system");
    pickle_refused("(U\x01xios\nsystem\n.", "object of a class");
    pickle_refused("ccollections\nCounter\n)\x81.", "object of a class");
    pickle_refused("]}b.", "object of a class");
    pickle_refused("c" + std::string(5000, 'm') + "\n\x01\x02\n)R.", "…");
    pickle_refused("cnumpy.core.multiarray\n_reconstruct\n)R.", "holds NumPy arrays");
    QVERIFY(!std::filesystem::exists(marker));
  }

  void damaged_pickles() {
    for (const std::string& pickle :
         std::initializer_list<std::string>{"",
                                            ".",
                                            "\x80",
                                            "0.",
                                            "u.",
                                            "t.",
                                            "(",
                                            "}(Ku.",
                                            "h\x07.",
                                            "q\x01.",
                                            "NNa.",
                                            "NR.",
                                            "N(NR.",
                                            "}(NQ.",
                                            "X\xff\xff\xff\xff.",
                                            "\x8d\xff\xff\xff\xff\xff\xff\xff\xff.",
                                            "\x8a\x09"
                                            "123456789.",
                                            "cno newline",
                                            "\xff.",
                                            "(K\x01K\x02"
                                            "0000.",
                                            "NNs.",
                                            "}(NNN.",
                                            "2.",
                                            "\x94."})
      QVERIFY2(!complaint((write_archive(file(), {{"data.pkl", pickle}}), file())).empty(), pickle.c_str());
  }

  void self_referencing_and_deep_pickles() {
    pickle_refused(std::string("\x80\x02]q\0h\0a.", 9), "holds a list");
    pickle_refused(std::string(300000, ']') + ".", "holds a list");
    std::string nested;
    for (int i = 0; i < 300000; ++i) nested += ")\x85";
    pickle_refused(nested + ".", "holds a tuple");
  }

  void no_x_or_y() {
    const auto t = at::ones({2, 3, 3});
    write_dict(file(), {{"a", t}, {"u", t}});
    refused("has no x (its keys: a, u)");
    write_dict(file(), {{"x", t}});
    refused("has no y (its keys: x)");
    pickle_refused("}.", "its keys: none");
    pickle_refused("(NN.", "holds a None");
    write_dict(file(), {{"x", "text"}, {"y", t}});
    refused("holds a text under x");
  }

  void shapes_that_do_not_fit() {
    write_dict(file(), {{"x", at::ones({3, 4, 4})}, {"y", at::ones({2, 4, 4})}});
    refused("3 samples in x but 2 in y");
    write_dict(file(), {{"x", at::ones({3, 4, 4})}, {"y", at::ones({3, 4, 5})}});
    refused("x on a grid of 4×4 points but y on one of 4×5");
    write_dict(file(), {{"x", at::ones({3, 16})}, {"y", at::ones({3, 17, 15})}});
    refused("needs 3 axes");
    write_dict(file(), {{"x", at::ones({3, 4, 4})}, {"y", at::ones({3, 4, 4})}});
    refused("for data of dimension 3", 3);
    write_dict(file(), {{"x", at::ones({})}, {"y", at::ones({})}});
    refused("single number");
    write_dict(file(), {{"x", at::ones({4})}, {"y", at::ones({4})}});
    refused("2 to 5 are needed");
    write_dict(file(), {{"x", at::ones({0, 4, 4})}, {"y", at::ones({0, 4, 4})}});
    refused("holds no values");
    write_dict(file(), {{"x", at::ones({3, 0, 4})}, {"y", at::ones({3, 0, 4})}});
    refused("holds no values");
  }

  void values_that_are_not_finite() {
    auto x = at::ones({4, 3, 3}), y = at::ones({4, 3, 3});
    x[2][1][1] = std::nan("");
    x[2][1][2] = std::nan("");
    x[3][0][0] = std::numeric_limits<float>::infinity();
    write_dict(file(), {{"x", x}, {"y", y}});
    refused("in x that are not finite: 2 NaN and 1 infinite");
    refused("in 2 of 4 samples, the first of them sample 2");
    auto large = at::ones({4, 3, 3}, at::kDouble);
    large[0][0][0] = 1e300;
    write_dict(file(), {{"x", y}, {"y", large}});
    refused("in y that are not finite: 1 infinite (or too large for fp32)");
  }

  void types_that_are_not_real() {
    const auto y = at::ones({4, 3, 3});
    write_dict(file(), {{"x", at::complex(y, y)}, {"y", y}});
    refused("complex numbers in x");
    auto pickle = tensors(zero(), "K\x04K\x04\x86", "K\x04K\x01\x86");
    for (auto at = pickle.find("FloatStorage"); at != std::string::npos; at = pickle.find("FloatStorage"))
      pickle.replace(at, 12, "QInt8Storage");
    pickle_refused(pickle, "a type that is not read (QInt8Storage)");
  }

  void absurd_shapes() {
    const std::string sizes = "K\x04K\x04\x86", strides = "K\x04K\x01\x86";
    write_archive(file(), {{"data.pkl", tensors(zero(), sizes, strides)}, {"data/0", std::string(64, '\1')}});
    QCOMPARE(complaint(file()), std::string());  // the unharmed one is read
    const std::string huge = integer(std::int64_t{1} << 62);
    for (const auto& [offset, size, stride, elements] : std::vector<std::array<std::string, 4>>{
             {"K\x01", sizes, strides, "K\x10"},
             {integer(-1), sizes, strides, "K\x10"},
             {huge, sizes, strides, "K\x10"},
             {zero(), huge + huge + "\x86", strides, "K\x10"},
             {zero(), huge + "K\x04\x86", zero() + zero() + "\x86", "K\x10"},
             {zero(), "K\x04" + integer(-4) + "\x86", strides, "K\x10"},
             {zero(), sizes, "K\x04" + integer(-1) + "\x86", "K\x10"},
             {zero(), sizes, huge + huge + "\x86", "K\x10"},
             {zero(), sizes, strides, huge},
             {zero(), sizes, strides, integer(-16)},
             {zero(), sizes, strides, "K\x11"},
             {zero(), integer(1 << 16) + integer(1 << 16) + "\x86", zero() + zero() + "\x86", "K\x10"},
             {zero(), sizes, "K\x04\x85", "K\x10"}})
      pickle_refused(tensors(offset, size, stride, elements), "damaged");
    auto missing = tensors(zero(), sizes, strides);
    write_archive(file(), {{"data.pkl", missing}});
    refused("the record data/0 is missing");
  }

  void damage_inside_the_data_is_noticed() {
    std::string bytes = small_file();
    const float value = 47;
    const std::string pattern(reinterpret_cast<const char*>(&value), 4);
    const auto at = bytes.find(pattern);
    QVERIFY(at != std::string::npos);
    bytes[at] ^= 1;
    write_bytes(file(), bytes);
    refused("does not match its checksum");
  }

  void cut_anywhere() {
    const std::string bytes = small_file();
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      write_bytes(file(), bytes.substr(0, length));
      const std::string text = complaint(file());
      QVERIFY2(text.starts_with(file().string()), qPrintable(QString::number(length)));
    }
    write_bytes(file(), bytes);
    QCOMPARE(complaint(file()), std::string());
  }

  void cut_shared_file() {
    const std::filesystem::path path = test::shared_folder() / "data" / "darcy_train_16.pt";
    if (test::shared_folder().empty()) QSKIP("The shared data folder is not there.");
    const std::string bytes = pt_files::read_bytes(path);
    for (int i = 0; i < 64; ++i) {
      write_bytes(file(), bytes.substr(0, bytes.size() * i / 64));
      QVERIFY(!complaint(file()).empty());
    }
  }

  void bits_flipped_anywhere() {
    const std::string bytes = small_file();
    std::mt19937 random(20240607);
    int accepted = 0;
    for (int round = 0; round < 2500; ++round) {
      std::string damaged = bytes;
      for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips)
        damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
      write_bytes(file(), damaged);
      accepted += complaint(file()).empty();  // for instance a flipped bit in padding
    }
    QVERIFY(accepted < 2500);
  }

  // With checksums made anew, so that the damage reaches the pickle and the tensors.
  void bits_flipped_inside_the_pickle() {
    small_file();
    const auto records = pt_files::records_of(file("small.pt"));
    std::mt19937 random(4711);
    int accepted = 0;
    for (int round = 0; round < 2500; ++round) {
      auto damaged = records;
      std::string& pickle = damaged["data.pkl"];
      for (int flips = 1 + static_cast<int>(random() % 4); flips > 0; --flips) {
        const std::size_t at = random() % pickle.size();
        switch (random() % 4) {
          case 0:
            pickle[at] ^= static_cast<char>(1 << random() % 8);
            break;
          case 1:
            pickle[at] = static_cast<char>(random());
            break;
          case 2:
            pickle.erase(at, 1 + random() % 4);
            break;
          default:
            pickle.insert(at, pickle.substr(random() % pickle.size(), 1 + random() % 12));
        }
        if (pickle.empty()) break;
      }
      write_archive(file(), damaged);
      accepted += complaint(file()).empty();
    }
    QVERIFY(accepted < 2500);
  }
};

QTEST_GUILESS_MAIN(PtBadInputTest)
#include "pt_bad_input_test.moc"
