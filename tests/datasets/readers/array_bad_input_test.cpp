#include "core/device/memory_meter.h"
#include "core/error.h"
#include "datasets/readers/array_file.h"
#include "support/array_files.h"
#include "support/complaint.h"
#include "support/mutations.h"
#include "support/pt_files.h"

#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::datasets;
namespace af = array_files;

class ArrayBadInputTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::filesystem::path file(const std::string& name) const {
    return std::filesystem::path(folder_.path().toStdString()) / name;
  }

  void refused(const std::string& name, const std::string& part) {
    const std::string text = complaint(file(name));
    QVERIFY2(text.starts_with(file(name).string() + " "), text.c_str());
    QVERIFY2(text.find(part) != std::string::npos, text.c_str());
    QVERIFY2(text.ends_with(".") && text.find('\n') == std::string::npos, text.c_str());
  }

  void refused(const std::string& name, const std::string& bytes, const std::string& part) {
    af::write_bytes(file(name), bytes);
    refused(name, part);
  }

  static std::vector<float> floats(int count) {
    std::vector<float> numbers(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) numbers[static_cast<std::size_t>(i)] = static_cast<float>(i % 7);
    return numbers;
  }

  /// One small good file of each format.
  std::vector<std::string> corpus() {
    const auto numbers = floats(48);
    const std::string data = af::raw(numbers), array = af::npy("<f4", "(4, 3, 4)", data);
    af::write_bytes(file("good.npy"), array);
    af::write_bytes(file("good.npz"), af::zip({{"x.npy", array}, {"y.npy", array, true}}));
    af::write_bytes(file("good.mat"), af::mat({{"coeff", 7, {4, 3, 4}, 7, data},
                                               {"sol", 7, {4, 3, 4}, 7, data, {}, false, true}}));
    const auto x = at::arange(48, at::kFloat).reshape({4, 3, 4});
    pt_files::write_dict(file("good.pt"), {{"x", x}, {"y", x.permute({2, 0, 1})}});
    make_h5("good.h5", 0);
    make_h5("good73.mat", 512);
    std::string bytes = af::read_bytes(file("good73.mat"));
    bytes.replace(0, 19, "MATLAB 7.3 MAT-file");
    af::write_bytes(file("good73.mat"), bytes);
    return {"good.npy", "good.npz", "good.mat", "good.pt", "good.h5", "good73.mat"};
  }

  void make_h5(const char* name, hsize_t userblock) const {
    const auto numbers = floats(48);
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(creation, userblock);
    const hid_t out = H5Fcreate(file(name).c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    const hid_t packed = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t sizes[] = {2, 3, 4};
    H5Pset_chunk(packed, 3, sizes);
    H5Pset_shuffle(packed);
    H5Pset_deflate(packed, 6);
    af::h5_array(out, "x", H5T_NATIVE_FLOAT, {4, 3, 4}, numbers.data());
    af::h5_array(out, "y", H5T_NATIVE_FLOAT, {4, 3, 4}, numbers.data(), packed);
    af::h5_text_attribute(out, "name", "a file");
    H5Pclose(packed);
    H5Pclose(creation);
    H5Fclose(out);
  }

 private Q_SLOTS:
  void initTestCase() { install_memory_meter(); }

  void not_a_file() {
    for (const char* name : {"none.npy", "none.npz", "none.mat", "none.h5"}) refused(name, "does not exist");
    for (const char* name : {"folder.npy", "folder.npz", "folder.mat", "folder.h5"}) {
      std::filesystem::create_directory(file(name));
      refused(name, "is a folder");
    }
    std::filesystem::create_symlink("/dev/zero", file("zero.h5"));
    refused("zero.h5", "is no ordinary file");
    for (const char* name : {"e.npy", "e.npz", "e.mat", "e.h5"}) refused(name, "", "is empty");
  }

  void foreign_files() {
    const std::string text = "x,y\n1,2\n" + std::string(600, 'x');
    refused("t.npy", text, "is not what numpy.save writes");
    refused("t.npz", text, "is not a zip archive");
    refused("t.mat", text, "is not a MATLAB file");
    refused("t.h5", text, "is not an HDF5 file");
    refused("t.csv", text, "has an extension that is not read");
    refused("t", text, "is in no format that is read");
    refused("t.npz", af::zip({{"a.txt", "hello"}}), "holds no array");
  }

  void npy_headers() {
    const std::string data = af::raw(floats(6));
    refused("a.npy", af::npy("|O", "(6,)", data), "pickled Python objects");
    refused("a.npy", af::npy("[('a', '<f4'), ('b', '<f4')]", "(3,)", data), "records of several fields");
    refused("a.npy", af::npy("<f16", "(1,)", data), "is of the type <f16");
    refused("a.npy", af::npy("<M8[ns]", "(1,)", data), "is of the type");
    refused("a.npy", af::npy("<f4", "(7,)", data), "needs 28 bytes but 24 are there");
    refused("a.npy", af::npy("<f4", "(4611686018427387904,)", data), "claims a shape");
    refused("a.npy", af::npy("<f4", "(2147483648, 2147483648)", data), "claims a shape");
    refused("a.npy", af::npy("<f4", "(4611686018427387904, 4611686018427387904, 0)", data), "claims a shape");
    refused("a.npy", af::npy("<f4", "(99999999999999999999,)", data), "claims a shape");
    refused("a.npy", af::npy("<f4", "(-1,)", data), "cannot be understood");
    refused("a.npy", af::npy("<f4", "(1,2", data), "cannot be understood");
    refused("a.npy", af::npy("<f4", "__import__('os').system('x')", data), "cannot be understood");
    refused("a.npy", af::npy("<f4", "(6,)", data, false, 9), "version 9");
    refused("a.npy", af::npy("<f4", "(6,)", data).substr(0, 30), "is cut short");
    refused("a.npy", std::string("\x93NUMPY\x02\x00\xff\xff\xff\x7f", 12) + data, "is cut short");
    refused("a.npy", "\x93NUM", "is cut short");
  }

  void zip_bombs_links_and_lies() {
    const std::string data = af::raw(floats(6)), array = af::npy("<f4", "(6,)", data);
    refused("a.npz", af::zip({{"x.npy", "/etc/passwd", false, 0120777}}), "symbolic link");
    refused("a.npz", af::zip({{"x.npy", array}, {"x.npy", array}}), "twice");
    refused("a.npz", af::zip({{"x.npy", array, true, 0100644, 4'000'000'000u}}), "more than data do");
    refused("a.npz", af::zip({{"x.npy", array, true, 0100644, array.size() - 4}}),
            "needs 24 bytes but 20 are there");
    const std::string longer = af::npy("<f4", "(9,)", data);
    refused("a.npz", af::zip({{"x.npy", longer, true, 0100644, longer.size() + 12}}),
            "fewer bytes than it claims");
    // 80 MB of zeros in 80 kB: packed a thousand times, as numbers never are.
    const std::string bomb = af::npy("|u1", "(80000000,)", std::string(80'000'000, '\0'));
    refused("a.npz", af::zip({{"x.npy", bomb, true}}), "more than data do");
    std::string wrong = af::zip({{"x.npy", array}});
    wrong[wrong.find(data) + 3] ^= 1;
    refused("a.npz", wrong, "does not match its checksum");
    refused("a.npz", af::zip({{"x.npy", af::npy("|O", "(1,)", "12345678")}}), "pickled Python objects");
  }

  void mat_arrays() {
    const std::string data = af::raw(floats(6));
    refused("a.mat", af::mat({{"a", 7, {2, 4}, 7, data}}), "claims the shape 2×4 but has 24 bytes");
    refused("a.mat", af::mat({{"a", 7, {2'000'000'000, 2'000'000'000, 2'000'000'000}, 7, data}}),
            "claims a shape");
    refused("a.mat", af::mat({{"a", 7, {-2, -3}, 7, data}}), "cannot be understood");
    refused("a.mat", af::mat({{"a", 7, {2, 3}, 77, data}}), "cannot be understood");
    refused("a.mat", af::mat({{"a", 1, {1, 1}, 7, ""}}), "a cell array");
    refused("a.mat", af::mat({{"a", 17, {1, 1}, 7, ""}}), "an object of a class");
    refused("a.mat", af::mat({{"a", 7, {2, 3}, 7, data}}).substr(0, 200), "cut short");
    std::string bomb =
        af::mat({{"a", 9, {80'000'000, 1}, 2, std::string(80'000'000, '\0'), {}, false, true}});
    refused("a.mat", bomb, "more than data do");
    refused("a.mat", af::mat({}), "holds no array");
  }

  void hdf5_that_points_elsewhere() {
    const auto numbers = floats(6);
    make_h5("other.h5", 0);
    const hid_t out = H5Fcreate(file("a.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external(file("other.h5").c_str(), "/x", out, "linked", H5P_DEFAULT, H5P_DEFAULT);
    const hid_t outside = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(outside, "/etc/passwd", 0, 24);
    af::h5_array(out, "outside", H5T_NATIVE_FLOAT, {6}, nullptr, outside);
    H5Pclose(outside);
    const hsize_t size = 6;
    const hid_t virtual_set = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &size, nullptr);
    H5Pset_virtual(virtual_set, space, file("other.h5").c_str(), "/x", space);
    af::h5_array(out, "virtual", H5T_NATIVE_FLOAT, {6}, nullptr, virtual_set);
    H5Pclose(virtual_set);
    H5Sclose(space);
    af::h5_array(out, "unwritten", H5T_NATIVE_FLOAT, {6}, nullptr);
    const hid_t huge = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk[] = {1};
    H5Pset_chunk(huge, 1, chunk);
    const hid_t far = H5Screate_simple(1, &size, nullptr);
    af::h5_array(out, "partly", H5T_NATIVE_FLOAT, {6}, nullptr, huge);
    H5Sclose(far);
    H5Pclose(huge);
    H5Fclose(out);
    const ArrayFile arrays = ArrayFile::open(file("a.h5"));
    const auto problem = [&](const char* name) {
      return QString::fromStdString(arrays.info(static_cast<std::size_t>(arrays.find(name))).problem);
    };
    QVERIFY(problem("linked").contains("link to another file"));
    QVERIFY(problem("outside").contains("in another file"));
    QVERIFY(problem("virtual").contains("put together"));
    QVERIFY(problem("unwritten").contains("never written"));
    QVERIFY(problem("partly").contains("never written"));
    QVERIFY_EXCEPTION_THROWN(arrays.read(0), RequestError);
  }

  void hdf5_absurd_shapes() {
    const hid_t out = H5Fcreate(file("huge.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk[] = {1, 1};
    H5Pset_chunk(creation, 2, chunk);
    af::h5_array(out, "x", H5T_NATIVE_FLOAT, {hsize_t{1} << 31, hsize_t{1} << 31}, nullptr, creation);
    H5Pclose(creation);
    H5Fclose(out);
    refused("huge.h5", "more chunks than the file holds");
  }

  void every_truncation_is_a_sentence_data() {
    QTest::addColumn<QString>("name");
    for (const auto& name : corpus()) QTest::newRow(name.c_str()) << QString::fromStdString(name);
  }

  /// Cut at many places: never a crash, never memory beyond what the file could hold.
  void every_truncation_is_a_sentence() {
    QFETCH(QString, name);
    const std::string bytes = af::read_bytes(file(name.toStdString()));
    const std::string target = "cut" + std::filesystem::path(name.toStdString()).extension().string();
    const bool forks = name.contains("h5") || name.contains("73");
    QCOMPARE(complaint(file(name.toStdString())), std::string());
    const std::size_t step = std::max<std::size_t>(1, bytes.size() / (forks ? 60 : 300));
    for (std::size_t size = 0; size < bytes.size(); size += step) {
      af::write_bytes(file(target), bytes.substr(0, size));
      const std::string text = complaint(file(target));
      if (!text.empty()) QVERIFY2(text.ends_with(".") && text.find('\n') == std::string::npos, text.c_str());
    }
  }

  void mutations_data() { every_truncation_is_a_sentence_data(); }

  /// A fixed number of inputs with bytes changed, parts removed or repeated, from a fixed seed.
  void mutations() {
    QFETCH(QString, name);
    const std::string good = af::read_bytes(file(name.toStdString()));
    const std::string target = "mutant" + std::filesystem::path(name.toStdString()).extension().string();
    const bool forks = name.contains("h5") || name.contains("73");
    std::mt19937 random(20240611);
    int refusals = 0;
    const int count = forks ? 300 : 1500;
    for (int i = 0; i < count; ++i) {
      af::write_bytes(file(target), mutations::mutant(good, random));
      reset_memory_peak();
      const std::string text = complaint(file(target));
      refusals += !text.empty();
      if (!text.empty()) QVERIFY2(text.ends_with(".") && text.find('\n') == std::string::npos, text.c_str());
      // Tensors of what is read take 4 bytes for a stored one at most, unless it was packed.
      QVERIFY2(memory_report().peak_total < (std::int64_t{64} << 20), text.c_str());
    }
    QVERIFY(refusals > count / 10);
  }
};

QTEST_GUILESS_MAIN(ArrayBadInputTest)
#include "array_bad_input_test.moc"
