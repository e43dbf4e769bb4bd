#include "datasets/readers/array_file.h"

#include "core/device/memory_meter.h"
#include "core/error.h"
#include "datasets/readers/chunked_storage.h"
#include "support/array_files.h"
#include "support/pt_files.h"
#include "support/shared_files.h"

#include <QtTest/QtTest>

#include <numeric>

using namespace halfwave;
using namespace halfwave::datasets;
namespace af = array_files;

class ArrayFileTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::filesystem::path file(const std::string& name) const {
    return std::filesystem::path(folder_.path().toStdString()) / name;
  }

  static std::vector<double> counting(int count) {
    std::vector<double> numbers(static_cast<std::size_t>(count));
    std::iota(numbers.begin(), numbers.end(), -3.0);
    return numbers;
  }

  static at::Tensor tensor(const std::vector<double>& numbers, at::IntArrayRef sizes) {
    return at::tensor(numbers, at::kDouble).reshape(sizes);
  }

  static void same(const at::Tensor& found, const at::Tensor& expected) {
    QCOMPARE(found.sizes(), expected.sizes());
    QVERIFY(found.is_contiguous());
    QVERIFY(at::equal(found, expected.to(found.scalar_type())));
  }

  /// The whole array and parts of it along every axis.
  static void reads(const ArrayFile& arrays, const std::string& name, const at::Tensor& expected) {
    const auto array = static_cast<std::size_t>(arrays.find(name));
    QVERIFY2(arrays.find(name) >= 0, name.c_str());
    QCOMPARE(arrays.info(array).problem, std::string());
    same(arrays.read(array, at::kDouble), expected);
    same(arrays.read(array), expected.to(at::kFloat));
    for (int axis = 0; axis < static_cast<int>(arrays.info(array).shape.size()); ++axis) {
      const std::int64_t size = expected.size(axis);
      for (const auto& [first, count] :
           {std::pair<std::int64_t, std::int64_t>{0, 1}, {size - 1, 1}, {size / 3, size / 2}, {size, 0}})
        same(arrays.read(array, axis, first, count, at::kDouble), expected.narrow(axis, first, count));
    }
  }

  hid_t h5(const std::string& name, hsize_t userblock = 0) const {
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(creation, userblock);
    const hid_t result = H5Fcreate(file(name).c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    H5Pclose(creation);
    return result;
  }

  static hid_t chunks(const std::vector<hsize_t>& sizes, bool shuffle, int deflate, bool checksum) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, static_cast<int>(sizes.size()), sizes.data());
    if (shuffle) H5Pset_shuffle(creation);
    if (deflate > 0) H5Pset_deflate(creation, static_cast<unsigned>(deflate));
    if (checksum) H5Pset_fletcher32(creation);
    return creation;
  }

 private Q_SLOTS:
  void npy_types_data() {
    QTest::addColumn<QByteArray>("descr");
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<QByteArray>("type");
    const auto row = [](const char* descr, const std::string& data, const char* type) {
      QTest::newRow(descr) << QByteArray(descr) << QByteArray::fromStdString(data) << QByteArray(type);
    };
    row("<f8", af::raw<double>({-2, 0.5, 3, 7}), "float64");
    row(">f8", af::swapped(af::raw<double>({-2, 0.5, 3, 7}), 8), "float64, big-endian");
    row("<f4", af::raw<float>({-2, 0.5, 3, 7}), "float32");
    row(">f4", af::swapped(af::raw<float>({-2, 0.5, 3, 7}), 4), "float32, big-endian");
    row("<f2", af::raw<std::uint16_t>({0xc000, 0x3800, 0x4200, 0x4700}), "float16");
    row(">f2", af::swapped(af::raw<std::uint16_t>({0xc000, 0x3800, 0x4200, 0x4700}), 2),
        "float16, big-endian");
  }

  void npy_types() {
    QFETCH(QByteArray, descr);
    QFETCH(QByteArray, data);
    QFETCH(QByteArray, type);
    af::write_bytes(file("a.npy"), af::npy(descr.toStdString(), "(4,)", data.toStdString()));
    const ArrayFile arrays = ArrayFile::open(file("a.npy"));
    QCOMPARE(arrays.arrays().size(), std::size_t{1});
    QCOMPARE(arrays.info(0).type, type.toStdString());
    reads(arrays, "data", tensor({-2, 0.5, 3, 7}, {4}));
  }

  void npy_whole_numbers() {
    const auto check = [&](const char* descr, const std::string& data, const std::vector<double>& expected) {
      af::write_bytes(file("a.npy"), af::npy(descr, "(3)", data, false, 2));
      reads(ArrayFile::open(file("a.npy")), "data", tensor(expected, {3}));
    };
    check("|i1", af::raw<std::int8_t>({-128, 0, 127}), {-128, 0, 127});
    check("|u1", af::raw<std::uint8_t>({0, 128, 255}), {0, 128, 255});
    check("<i2", af::raw<std::int16_t>({-300, 1, 300}), {-300, 1, 300});
    check(">u2", af::swapped(af::raw<std::uint16_t>({1, 300, 65535}), 2), {1, 300, 65535});
    check("<i4", af::raw<std::int32_t>({-70000, 1, 70000}), {-70000, 1, 70000});
    check(">i8", af::swapped(af::raw<std::int64_t>({-5, 1, 1 << 20}), 8), {-5, 1, 1 << 20});
    check("<u8", af::raw<std::uint64_t>({0, 1, 1 << 20}), {0, 1, 1 << 20});
    check("|b1", std::string("\0\1\1", 3), {0, 1, 1});
  }

  void npy_orders_and_complex() {
    const auto numbers = counting(2 * 3 * 4);
    af::write_bytes(file("c.npy"), af::npy("<f8", "(2, 3, 4)", af::raw(numbers)));
    reads(ArrayFile::open(file("c.npy")), "data", tensor(numbers, {2, 3, 4}));
    af::write_bytes(file("f.npy"), af::npy("<f8", "(4, 3, 2)", af::raw(numbers), true));
    const ArrayFile fortran = ArrayFile::open(file("f.npy"));
    QCOMPARE(fortran.info(0).layout, std::string("Fortran order"));
    reads(fortran, "data", tensor(numbers, {2, 3, 4}).permute({2, 1, 0}).contiguous());
    af::write_bytes(file("z.npy"), af::npy("<c16", "(4, 3)", af::raw(numbers)));
    const ArrayFile complex = ArrayFile::open(file("z.npy"));
    QCOMPARE(complex.info(0).type, std::string("complex128"));
    reads(complex, "data", tensor(numbers, {4, 3, 2}));
    af::write_bytes(file("s.npy"), af::npy("<f8", "()", af::raw<double>({2.5})));
    same(ArrayFile::open(file("s.npy")).read(0), at::tensor(2.5f).squeeze());
  }

  void large_arrays_cross_the_window() {
    // 3 × 300 × 400 doubles are 2.9 MB; a part along the last axis has rows far shorter than a window.
    const auto numbers = counting(3 * 300 * 400);
    const auto expected = tensor(numbers, {3, 300, 400});
    af::write_bytes(file("l.npy"), af::npy("<f8", "(3, 300, 400)", af::raw(numbers)));
    reads(ArrayFile::open(file("l.npy")), "data", expected);
    af::write_bytes(file("l.npz"),
                    af::zip({{"d.npy", af::npy("<f8", "(3, 300, 400)", af::raw(numbers)), true}}));
    reads(ArrayFile::open(file("l.npz")), "d", expected);
  }

  void files_larger_than_memory_open_at_once() {
    // 20 GB that the disk need not hold: what lies beyond the header was never written.
    af::write_bytes(file("huge.npy"), af::npy("<f4", "(20000, 500, 500)", ""));
    std::error_code error;
    std::filesystem::resize_file(file("huge.npy"),
                                 std::filesystem::file_size(file("huge.npy")) + 20'000'000'000, error);
    if (error) QSKIP("This file system takes no file of 20 GB.");
    install_memory_meter();
    reset_memory_peak();
    const ArrayFile arrays = ArrayFile::open(file("huge.npy"));
    same(arrays.read(0, 0, 19'999, 1), at::zeros({1, 500, 500}));
    same(arrays.read(0, 1, 250, 0), at::zeros({20'000, 0, 500}));
    QVERIFY(memory_report().peak_total < 4 << 20);  // two fields of 1 MB: what was read and what it should be
    std::filesystem::remove(file("huge.npy"));
  }

  void npz_stored_and_deflated() {
    const auto numbers = counting(60);
    const std::string word("h\0\0\0\xe9\0\0\0\0\0\0\0", 12);
    af::write_bytes(file("a.npz"),
                    af::zip({{"x.npy", af::npy("<f8", "(5, 12)", af::raw(numbers))},
                             {"y.npy", af::npy("<f8", "(5, 12)", af::raw(numbers), true), true},
                             {"name.npy", af::npy("<U3", "()", word)},
                             {"readme.txt", "hello"}}));
    const ArrayFile arrays = ArrayFile::open(file("a.npz"));
    QCOMPARE(arrays.arrays().size(), std::size_t{2});
    reads(arrays, "x", tensor(numbers, {5, 12}));
    reads(arrays, "y", tensor(numbers, {12, 5}).t().contiguous());
    QCOMPARE(arrays.texts().at("name"), std::vector<std::string>{"hé"});
  }

  void mat_5() {
    const auto numbers = counting(24);
    std::vector<float> narrow(numbers.begin(), numbers.end());
    std::vector<std::int16_t> whole(numbers.begin(), numbers.end());
    for (bool compressed : {false, true}) {
      af::write_bytes(file("a.mat"),
                      af::mat({{"coeff", 6, {2, 3, 4}, 9, af::raw(numbers), {}, false, compressed},
                               {"sol", 7, {4, 6}, 7, af::raw(narrow), {}, false, compressed},
                               {"packed", 6, {24, 1}, 3, af::raw(whole), {}, false, compressed},
                               {"z", 6, {2, 12}, 9, af::raw(numbers), af::raw(numbers), false, compressed},
                               {"mask", 9, {1, 3}, 2, std::string("\1\0\1", 3), {}, true, compressed},
                               {"c", 1, {1, 1}, 9, "", {}, false, compressed}}));
      const ArrayFile arrays = ArrayFile::open(file("a.mat"));
      QCOMPARE(arrays.arrays().size(), std::size_t{6});
      reads(arrays, "coeff", tensor(numbers, {4, 3, 2}).permute({2, 1, 0}).contiguous());
      reads(arrays, "sol", tensor(numbers, {6, 4}).t().contiguous());
      reads(arrays, "packed", tensor(numbers, {24, 1}));
      reads(arrays, "mask", tensor({1, 0, 1}, {1, 3}));
      const auto z = tensor(numbers, {12, 2}).t().contiguous();
      reads(arrays, "z", at::stack({z, z}, -1));
      QCOMPARE(arrays.info(static_cast<std::size_t>(arrays.find("mask"))).type, std::string("bool"));
      QVERIFY(arrays.info(static_cast<std::size_t>(arrays.find("c"))).problem.find("cell") !=
              std::string::npos);
    }
  }

  void hdf5_layouts() {
    const auto numbers = counting(5 * 6 * 7);
    const auto expected = tensor(numbers, {5, 6, 7});
    const hid_t out = h5("a.h5");
    af::h5_array(out, "plain", H5T_NATIVE_DOUBLE, {5, 6, 7}, numbers.data());
    af::h5_array(out, "big", H5T_IEEE_F64BE, {5, 6, 7}, numbers.data(), H5P_DEFAULT, H5T_NATIVE_DOUBLE);
    af::h5_array(out, "short", H5T_STD_I16BE, {5, 6, 7}, numbers.data(), H5P_DEFAULT, H5T_NATIVE_DOUBLE);
    // Chunks that do not divide the shape, with every order of what may be done to them.
    for (const auto& [name, shuffle, deflate, checksum] : {std::tuple{"chunks", false, 0, false},
                                                           {"packed", false, 6, false},
                                                           {"shuffled", true, 6, false},
                                                           {"checked", true, 1, true},
                                                           {"summed", false, 0, true}}) {
      const hid_t creation = chunks({2, 4, 5}, shuffle, deflate, checksum);
      af::h5_array(out, name, H5T_NATIVE_DOUBLE, {5, 6, 7}, numbers.data(), creation);
      H5Pclose(creation);
    }
    const hid_t first_sum = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t sizes[] = {3, 3, 3};
    H5Pset_chunk(first_sum, 3, sizes);
    H5Pset_fletcher32(first_sum);
    H5Pset_deflate(first_sum, 5);
    af::h5_array(out, "summed first", H5T_NATIVE_DOUBLE, {5, 6, 7}, numbers.data(), first_sum);
    H5Pclose(first_sum);
    const hid_t compact = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(compact, H5D_COMPACT);
    af::h5_array(out, "compact", H5T_NATIVE_DOUBLE, {5, 6, 7}, numbers.data(), compact);
    H5Pclose(compact);
    const hid_t group = H5Gcreate2(out, "0000", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    af::h5_array(group, "data", H5T_NATIVE_DOUBLE, {5, 6, 7}, numbers.data());
    H5Lcreate_hard(out, "/0000", group, "around", H5P_DEFAULT, H5P_DEFAULT);  // a cycle
    H5Gclose(group);
    af::h5_text_attribute(out, "name", "layouts");
    H5Fclose(out);

    const ArrayFile arrays = ArrayFile::open(file("a.h5"));
    for (const char* name : {"plain", "big", "short", "chunks", "packed", "shuffled", "checked", "summed",
                             "summed first", "compact", "0000/data"})
      reads(arrays, name, expected);
    QCOMPARE(arrays.arrays().size(), std::size_t{11});
    QCOMPARE(arrays.info(static_cast<std::size_t>(arrays.find("checked"))).layout,
             std::string("chunks of 2×4×5, shuffle, deflate, checksum"));
    QCOMPARE(arrays.texts().at("name"), std::vector<std::string>{"layouts"});
  }

  void hdf5_types() {
    const hid_t out = h5("t.h5");
    // Half precision and truth values as h5py writes them.
    const hid_t half = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(half, 15, 10, 5, 0, 10);
    H5Tset_size(half, 2);
    H5Tset_ebias(half, 15);
    const std::uint16_t halves[] = {0xc000, 0x3800, 0x4200};
    af::h5_array(out, "half", half, {3}, halves);
    const hid_t truth = H5Tenum_create(H5T_NATIVE_INT8);
    const std::int8_t no = 0, yes = 1, flags[] = {1, 0, 1};
    H5Tenum_insert(truth, "FALSE", &no);
    H5Tenum_insert(truth, "TRUE", &yes);
    af::h5_array(out, "truth", truth, {3}, flags);
    const hid_t complex = H5Tcreate(H5T_COMPOUND, 16);
    H5Tinsert(complex, "r", 0, H5T_NATIVE_DOUBLE);
    H5Tinsert(complex, "i", 8, H5T_NATIVE_DOUBLE);
    const double parts[] = {1, 2, 3, 4, 5, 6};
    af::h5_array(out, "complex", complex, {3}, parts);
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 4);
    af::h5_array(out, "text", text, {3}, "abc\0def\0ghi");
    for (hid_t type : {half, truth, complex, text}) H5Tclose(type);
    H5Fclose(out);
    const ArrayFile arrays = ArrayFile::open(file("t.h5"));
    reads(arrays, "half", tensor({-2, 0.5, 3}, {3}));
    reads(arrays, "truth", tensor({1, 0, 1}, {3}));
    reads(arrays, "complex", tensor({1, 2, 3, 4, 5, 6}, {3, 2}));
    const auto type = [&](const char* name) {
      return arrays.info(static_cast<std::size_t>(arrays.find(name))).type;
    };
    QCOMPARE(type("half"), std::string("float16"));
    QCOMPARE(type("truth"), std::string("bool"));
    QCOMPARE(type("text"), std::string("text"));
  }

  void mat_7_3_has_reversed_axes() {
    // MATLAB's file: a user block of 512 bytes with its name, axes in its own (reversed) order.
    const auto numbers = counting(4 * 3 * 2);
    const hid_t out = h5("v73.mat", 512);
    const hid_t creation = chunks({2, 3, 2}, false, 3, false);
    af::h5_array(out, "a", H5T_NATIVE_DOUBLE, {4, 3, 2}, numbers.data(), creation);
    af::h5_array(out, "b", H5T_NATIVE_DOUBLE, {4, 3, 2}, numbers.data());
    H5Pclose(creation);
    const std::uint8_t flags[] = {1, 0};
    af::h5_array(out, "mask", H5T_STD_U8LE, {2, 1}, flags);
    const hid_t mask = H5Dopen2(out, "mask", H5P_DEFAULT);
    af::h5_text_attribute(mask, "MATLAB_class", "logical");
    H5Dclose(mask);
    H5Fclose(out);
    std::string bytes = af::read_bytes(file("v73.mat"));
    bytes.replace(0, 19, "MATLAB 7.3 MAT-file");
    af::write_bytes(file("v73.mat"), bytes);

    const ArrayFile arrays = ArrayFile::open(file("v73.mat"));
    const auto expected = tensor(numbers, {4, 3, 2}).permute({2, 1, 0}).contiguous();
    reads(arrays, "a", expected);
    reads(arrays, "b", expected);
    reads(arrays, "mask", tensor({1, 0}, {1, 2}));
    QCOMPARE(arrays.info(0).shape, (std::vector<std::int64_t>{2, 3, 4}));
  }

  void pt_of_every_shape() {
    const auto x = at::randn({4, 3, 2}, at::kDouble);
    pt_files::write_dict(file("a.pt"), {{"x", x.permute({2, 0, 1})}, {"note", "hi"}});
    const ArrayFile dict = ArrayFile::open(file("a.pt"));
    reads(dict, "x", x.permute({2, 0, 1}).contiguous());
    QCOMPARE(dict.info(0).layout, std::string("strided"));
    QCOMPARE(dict.texts().at("note"), std::vector<std::string>{"hi"});
    const auto shared = test::shared_folder();
    if (shared.empty()) return;
    const ArrayFile cars = ArrayFile::open(shared / "data" / "mini_car.pt");
    QVERIFY(cars.find("0.vertices") >= 0);
    QCOMPARE(cars.info(static_cast<std::size_t>(cars.find("2.vertices"))).shape,
             (std::vector<std::int64_t>{3586, 3}));
  }

  void other_extensions_are_known_by_their_first_bytes() {
    const auto numbers = counting(6);
    af::write_bytes(file("data.bin"), af::npy("<f8", "(6,)", af::raw(numbers)));
    reads(ArrayFile::open(file("data.bin")), "data", tensor(numbers, {6}));
    af::write_bytes(file("DATA.NPY"), af::npy("<f8", "(6,)", af::raw(numbers)));
    reads(ArrayFile::open(file("DATA.NPY")), "data", tensor(numbers, {6}));
  }
};

QTEST_GUILESS_MAIN(ArrayFileTest)
#include "array_file_test.moc"
