# SPDX-License-Identifier: GPL-3.0-or-later
# What `cmake --install` puts where a distribution would. The man pages and the completions are made by
# the built program, out of its tables.
add_subdirectory (man)

set (completions "")
foreach (shell bash zsh fish)
  set (file ${CMAKE_BINARY_DIR}/completion/vrkit.${shell})
  add_custom_command (
    OUTPUT ${file}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/completion
    COMMAND vrkit completion ${shell} > ${file}
    DEPENDS vrkit
    COMMENT "Making the completion for ${shell}"
    VERBATIM)
  list (APPEND completions ${file})
endforeach ()
add_custom_target (completion ALL DEPENDS ${completions})
install (FILES ${CMAKE_BINARY_DIR}/completion/vrkit.bash RENAME vrkit
         DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install (FILES ${CMAKE_BINARY_DIR}/completion/vrkit.zsh RENAME _vrkit
         DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install (FILES ${CMAKE_BINARY_DIR}/completion/vrkit.fish
         DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

install (DIRECTORY profiles experiments man/schemas DESTINATION ${CMAKE_INSTALL_DATADIR}/vrkit
         FILES_MATCHING PATTERN "*.conf" PATTERN "*.json")
install (DIRECTORY guest-image DESTINATION ${CMAKE_INSTALL_DATADIR}/vrkit USE_SOURCE_PERMISSIONS)
install (FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
