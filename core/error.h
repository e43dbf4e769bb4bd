#pragma once

#include <stdexcept>
#include <string>

namespace halfwave {

/// Base of every error that Halfwave reports to a person: `what()` is one sentence that names the file or
/// field, says what is wrong and what would be right.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The request was wrong (a bad field, a missing or foreign file). Exit code 2.
class RequestError : public Error {
 public:
  using Error::Error;
};

/// The request was right but the work failed (disk full, a solver that did not converge). Exit code 1.
class RunError : public Error {
 public:
  using Error::Error;
};

/// A request error of one field of an experiment. `path()` is dotted, for instance `operator.modes[1]`.
class FieldError : public RequestError {
 public:
  FieldError(std::string path, const std::string& problem)
      : RequestError(path + ": " + problem), path_(std::move(path)), problem_(problem) {}
  const std::string& path() const { return path_; }
  const std::string& problem() const { return problem_; }

 private:
  std::string path_;
  std::string problem_;
};

}  // namespace halfwave
