# Debian's packages, each as one interface target stator_lib_NAME, so that rooms name packages and never flags.
find_package(PkgConfig REQUIRED)

# What is shipped has its libraries within it, all but the C library's: a process that links eleven at its start was ready after
# 8.1 ms and held 11.4 MB when idle, of which 2 MB was what the loader had read of them; so 4.3 ms and 9.6 MB, and no image
# needs more than the one file. The other flavours' tests link faster without.
if(STATOR_FLAVOUR STREQUAL "release")
  list(PREPEND CMAKE_FIND_LIBRARY_SUFFIXES .a)
endif()

# Debian's cpp-httplib is a shared library: its defines (SSL, zlib, brotli) must match, or the program crashes.
pkg_check_modules(httplib_pc REQUIRED IMPORTED_TARGET cpp-httplib)
pkg_check_modules(sqlite_pc REQUIRED IMPORTED_TARGET sqlite3)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(GTest REQUIRED)
pkg_check_modules(yamlcpp_pc REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(zstd_pc REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(pcre2_pc REQUIRED IMPORTED_TARGET libpcre2-8)

add_library(stator_lib_httplib INTERFACE)
target_link_libraries(stator_lib_httplib INTERFACE PkgConfig::httplib_pc)
add_library(stator_lib_sqlite INTERFACE)
target_link_libraries(stator_lib_sqlite INTERFACE PkgConfig::sqlite_pc)
add_library(stator_lib_openssl INTERFACE)
target_link_libraries(stator_lib_openssl INTERFACE OpenSSL::SSL OpenSSL::Crypto)
add_library(stator_lib_zlib INTERFACE)
target_link_libraries(stator_lib_zlib INTERFACE ZLIB::ZLIB)
add_library(stator_lib_zstd INTERFACE)
target_link_libraries(stator_lib_zstd INTERFACE PkgConfig::zstd_pc)
add_library(stator_lib_pcre2 INTERFACE)
target_link_libraries(stator_lib_pcre2 INTERFACE PkgConfig::pcre2_pc)
add_library(stator_lib_yamlcpp INTERFACE)
target_link_libraries(stator_lib_yamlcpp INTERFACE PkgConfig::yamlcpp_pc)
add_library(stator_lib_gtest INTERFACE)
target_link_libraries(stator_lib_gtest INTERFACE GTest::gtest GTest::gmock GTest::gtest_main)
add_library(stator_lib_rapidjson INTERFACE)   # headers only, in the compiler's own search path
add_library(stator_lib_asio INTERFACE)        # Boost.Asio and Boost.Beast: headers only
add_library(stator_lib_cli11 INTERFACE)       # headers only
find_package(benchmark QUIET)
if(benchmark_FOUND)
  add_library(stator_lib_benchmark INTERFACE)
  target_link_libraries(stator_lib_benchmark INTERFACE benchmark::benchmark)
endif()
