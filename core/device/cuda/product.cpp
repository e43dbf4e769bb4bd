#include "core/device/cuda/product.h"

#include "core/device/cuda/launch.h"
#include "core/device/cuda/support.h"

#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAGuard.h>

#include <algorithm>
#include <cublas_v2.h>

namespace halfwave::cuda {
namespace {

void check_blas(cublasStatus_t status) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw RunError(std::string("cuBLAS: ") + cublasGetStatusString(status) + ".");
}

/// Sums of 16-bit products stay fp32, also where cuBLAS splits the inner index among blocks.
class WideSums {
 public:
  explicit WideSums(cublasHandle_t handle) : handle_(handle) {
    check_blas(cublasGetMathMode(handle, &before_));
    check_blas(cublasSetMathMode(
        handle,
        static_cast<cublasMath_t>(CUBLAS_DEFAULT_MATH | CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION)));
  }
  ~WideSums() { cublasSetMathMode(handle_, before_); }
  WideSums(const WideSums&) = delete;
  WideSums& operator=(const WideSums&) = delete;

 private:
  cublasHandle_t handle_;
  cublasMath_t before_ = CUBLAS_DEFAULT_MATH;
};

/// A factor as cuBLAS takes it, whose matrices lie column by column: ours read as their transposes.
struct Factor {
  at::Tensor values;
  cublasOperation_t operation = CUBLAS_OP_N;
  std::int64_t leading = 1, by_batch = 0;

  explicit Factor(at::Tensor x) {
    const auto rows = x.size(-2), columns = x.size(-1);
    const auto in_rows = [&] {
      return (x.stride(-1) == 1 || columns == 1) && (x.stride(-2) >= columns || rows == 1);
    };
    const auto in_columns = [&] {
      return (x.stride(-2) == 1 || rows == 1) && (x.stride(-1) >= rows || columns == 1);
    };
    if (!in_rows() && !in_columns()) x = x.contiguous();
    if (in_rows()) {
      leading = rows == 1 ? columns : x.stride(-2);
    } else {
      operation = CUBLAS_OP_T;
      leading = columns == 1 ? rows : x.stride(-1);
    }
    by_batch = x.dim() == 3 ? x.stride(0) : 0;
    values = std::move(x);
  }
};

cudaDataType_t data_type(at::ScalarType type) {
  return type == at::kHalf ? CUDA_R_16F : type == at::kBFloat16 ? CUDA_R_16BF : CUDA_R_32F;
}

// A factor in the format. Values of tf32 and of the 8-bit formats are carried in float32; all of them are
// values of tf32 too, so that tensor cores multiply them exactly.
at::Tensor operand(const at::Tensor& x, at::ScalarType type) {
  return x.scalar_type() == type ? x : x.to(type);
}

}  // namespace

at::Tensor product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, double scale,
                   Format format) {
  const c10::cuda::CUDAGuard guard(a.device());
  const auto type = result_type(format);
  const bool batched = b.dim() == 3;
  const std::int64_t batch = batched ? b.size(0) : 1;
  const std::int64_t rows = a.size(-2), inner = a.size(-1), columns = b.size(-1);
  if (b.size(-2) != inner || (a.dim() == 3 && (!batched || a.size(0) != batch)))
    throw RunError("The factors of a matrix product do not fit each other.");
  at::Tensor c = batched ? at::empty({batch, rows, columns}, b.options().dtype(type))
                         : at::empty({rows, columns}, b.options().dtype(type));
  if (c.numel() == 0) return c;
  if (bias.defined())
    c.copy_(operand(bias, type).expand_as(c));
  else if (inner == 0)
    c.zero_();
  if (inner == 0) return c;

  const Factor left(operand(a, type)), right(operand(b, type));
  const cublasHandle_t handle = at::cuda::getCurrentCUDABlasHandle();
  const WideSums wide(handle);
  const auto alpha = static_cast<float>(scale);
  const float beta = bias.defined() ? 1.0F : 0.0F;
  const bool by_tf32 = type == at::kFloat && format != Format::fp32;
  // Cᵀ = Bᵀ · Aᵀ.
  check_blas(cublasGemmStridedBatchedEx_64(
      handle, right.operation, left.operation, columns, rows, inner, &alpha, right.values.const_data_ptr(),
      data_type(type), right.leading, right.by_batch, left.values.const_data_ptr(), data_type(type),
      left.leading, left.by_batch, &beta, c.mutable_data_ptr(), data_type(type), columns, rows * columns,
      batch, by_tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT));
  if (by_tf32) {
    const RoundElement element{values_in(c), values_out(c), StageRounding::of(format)};
    check(launch(element, c.numel(), c10::cuda::getCurrentCUDAStream()));
  }
  return c;
}

}  // namespace halfwave::cuda
