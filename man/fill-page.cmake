# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DPROGRAM=… -DTEMPLATE=… -DOUTPUT=… -DVERSION=… -DDATA_DIR=… -DPROFILES_DIR=… -P fill-page.cmake
# A line @COMMANDS@, @STATUSES@, @LOAD@, @SEARCH@, @CALIBRATE@, @CONTROL@, @SIMULATE@, @KEYS@, @EXPERIMENT@ or @RECIPE@ becomes what `PROGRAM man PART`
# prints. A line @SHIPPED@ becomes a section for each profile of PROFILES_DIR: the comment that it begins with, in
# which a line with more blanks is a command, and its graph.
cmake_minimum_required (VERSION 3.25)
file (READ ${TEMPLATE} page)

foreach (marker COMMANDS=commands STATUSES=statuses LOAD=load-options SEARCH=search-options
                CALIBRATE=calibrate-options CONTROL=control-options SIMULATE=simulate-options
                KEYS=profile-keys EXPERIMENT=experiment-keys RECIPE=recipe-keys)
  string (REGEX MATCH "^([A-Z]+)=(.+)$" unused ${marker})
  set (line "\n@${CMAKE_MATCH_1}@\n")
  set (part ${CMAKE_MATCH_2})
  string (FIND "${page}" "${line}" place)
  if (place EQUAL -1)
    continue ()
  endif ()
  execute_process (COMMAND ${PROGRAM} man ${part} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string (REPLACE "${line}" "\n${text}" page "${page}")
endforeach ()

# text: as troff prints it.
function (escape text)
  string (REPLACE "\\" "\\e" escaped "${${text}}")
  string (REPLACE "-" "\\-" escaped "${escaped}")
  set (${text} "${escaped}" PARENT_SCOPE)
endfunction ()

function (add_profile path)
  get_filename_component (name ${path} NAME)
  file (READ ${path} profile)
  string (REGEX MATCH "^(#[^\n]*\n)+" about "${profile}")
  if (about STREQUAL "")
    message (FATAL_ERROR "${path}: does not begin with a comment that says what it is")
  endif ()
  execute_process (COMMAND ${PROGRAM} plan --graph dot ${path} OUTPUT_VARIABLE graph COMMAND_ERROR_IS_FATAL ANY)
  escape (name)
  escape (about)
  escape (graph)
  string (REGEX REPLACE "(^|\n)#  +([^\n]*)" "\\1.RS\n.EX\n\\2\n.EE\n.RE" about "${about}")
  string (REGEX REPLACE "(^|\n)# ?" "\\1" about "${about}")
  set (shipped "${shipped}.SS ${name}\n${about}.PP\n.RS\n.EX\n${graph}.EE\n.RE\n" PARENT_SCOPE)
endfunction ()

if (page MATCHES "\n@SHIPPED@\n")
  file (GLOB profiles ${PROFILES_DIR}/*.conf)
  set (shipped "")
  foreach (profile IN LISTS profiles)
    add_profile (${profile})
  endforeach ()
  string (REPLACE "\n@SHIPPED@\n" "\n${shipped}" page "${page}")
endif ()

string (REPLACE "@VERSION@" "${VERSION}" page "${page}")
string (REPLACE "@PROFILES@" "${DATA_DIR}/profiles" page "${page}")
string (REPLACE "@EXPERIMENTS@" "${DATA_DIR}/experiments" page "${page}")
string (REPLACE "@SCHEMAS@" "${DATA_DIR}/schemas" page "${page}")
string (REPLACE "@DATA@" "${DATA_DIR}" page "${page}")
file (WRITE ${OUTPUT} "${page}")
