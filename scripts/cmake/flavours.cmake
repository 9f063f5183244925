# Build flavours, chosen by -DSTATOR_FLAVOUR=release|debug|asan|tsan|fuzz. One flavour to a build folder.
set(STATOR_FLAVOUR "release" CACHE STRING "release, debug, asan (address + undefined), tsan or fuzz")

add_library(stator_flags INTERFACE)
target_compile_options(stator_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # -Werror for gcc alone: clang, used for fuzzing, warns of other things. gcc 12 sees overlaps in `"x" + std::string` at -O3
  # that are not there (its bug 105651), and uninitialised values wherever the sanitizers have rewritten the code.
  target_compile_options(stator_flags INTERFACE -Werror -Wno-restrict)
  if(STATOR_FLAVOUR MATCHES "asan|tsan")
    target_compile_options(stator_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
find_package(Threads REQUIRED)
target_link_libraries(stator_flags INTERFACE Threads::Threads)

if(STATOR_FLAVOUR STREQUAL "release")
  set(CMAKE_BUILD_TYPE Release)
  target_compile_options(stator_flags INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(stator_flags INTERFACE -Wl,--gc-sections -static-libstdc++ -static-libgcc)
elseif(STATOR_FLAVOUR STREQUAL "debug")
  set(CMAKE_BUILD_TYPE Debug)
elseif(STATOR_FLAVOUR STREQUAL "tsan")
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
  set(sanitizers -fsanitize=thread -fno-omit-frame-pointer)
  # The sanitizer does not see bare fences, and gcc warns of them; Asio's stand beside locks that say the same.
  target_compile_definitions(stator_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
elseif(STATOR_FLAVOUR MATCHES "^(asan|fuzz)$")
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "The ${STATOR_FLAVOUR} flavour needs clang++ (libFuzzer): configure with -DCMAKE_CXX_COMPILER=clang++")
  endif()
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
  set(sanitizers -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer)
else()
  message(FATAL_ERROR "Unknown STATOR_FLAVOUR '${STATOR_FLAVOUR}'")
endif()
if(DEFINED sanitizers)
  # What the sanitizers find does not depend on optimising, and most of a test run is compiling: without it that takes two
  # thirds of what -O1 takes. Under tsan the tests would take three times as long, and fuzzers live by their speed: those of
  # asan run for a minute in the tests, those of fuzz for as long as one likes. Line numbers are enough to find a report's place.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
  if(STATOR_FLAVOUR STREQUAL "asan")
    set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O0 -g1")
  endif()
  # Several sources a compilation, since most of a compiler's time goes into headers (emulator/query and its neighbours: 25 s one
  # by one, 6 s by eights). The release and debug flavours compile each alone, which shows a missing #include.
  set(CMAKE_UNITY_BUILD ON)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # A source's own types are taken for a header's there.
    target_compile_options(stator_flags INTERFACE -Wno-subobject-linkage)
  endif()
  target_compile_options(stator_flags INTERFACE ${sanitizers})
  target_link_options(stator_flags INTERFACE ${sanitizers})
endif()
