# SPDX-License-Identifier: GPL-3.0-or-later
# One static library a folder of src. LINKS names other layers (base, model, …) and imported targets.
function (vrkit_library name)
  cmake_parse_arguments (arg "" "" "SOURCES;LINKS" ${ARGN})
  add_library (vrkit-${name} STATIC ${arg_SOURCES})
  target_include_directories (vrkit-${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  foreach (link IN LISTS arg_LINKS)
    if (link MATCHES "::")
      target_link_libraries (vrkit-${name} PUBLIC ${link})
    else ()
      target_link_libraries (vrkit-${name} PUBLIC vrkit-${link})
    endif ()
  endforeach ()
endfunction ()

function (vrkit_pkg name)
  pkg_check_modules (${name} REQUIRED IMPORTED_TARGET ${ARGN})
endfunction ()
