# stator_embed(ROOM HEADER h NAMESPACE n SYMBOL s FILE f [SYMBOL s FILE f ...]): puts files into a room as the
# std::string_view constants that HEADER declares. Made again when a file changes.
function(stator_embed room)
  cmake_parse_arguments(E "" "HEADER;NAMESPACE" "PAIRS" ${ARGN})
  get_filename_component(name ${E_HEADER} NAME_WE)
  set(out ${CMAKE_BINARY_DIR}/embedded/${room}_${name}.cc)
  set(text "#include \"${E_HEADER}\"\n\nnamespace ${E_NAMESPACE} {\n")
  while(E_PAIRS)
    list(POP_FRONT E_PAIRS symbol file)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} bytes HEX)
    string(LENGTH "${bytes}" digits)
    math(EXPR length "${digits} / 2")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${bytes}")
    # A literal of its own every 64 bytes: compilers limit the length of a line, not of the whole.
    string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?)"
           "\"\\1\"\n    " bytes "${bytes}")
    string(APPEND text "const std::string_view ${symbol}(\n    ${bytes}, ${length});\n")
  endwhile()
  string(APPEND text "}  // namespace ${E_NAMESPACE}\n")
  file(CONFIGURE OUTPUT ${out} CONTENT "${text}" @ONLY)
  target_sources(${room} PRIVATE ${out})
endfunction()
