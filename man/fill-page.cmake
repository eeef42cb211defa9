# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DPROGRAM=… -DTEMPLATE=… -DOUTPUT=… -DVERSION=… -DDATA_DIR=… -P fill-page.cmake
# A line @COMMANDS@, @STATUSES@, @LOAD@, @SEARCH@, @CALIBRATE@, @CONTROL@, @SIMULATE@, @KEYS@, @EXPERIMENT@ or @RECIPE@ becomes what `PROGRAM man PART`
# prints.
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

string (REPLACE "@VERSION@" "${VERSION}" page "${page}")
string (REPLACE "@PROFILES@" "${DATA_DIR}/profiles" page "${page}")
string (REPLACE "@EXPERIMENTS@" "${DATA_DIR}/experiments" page "${page}")
string (REPLACE "@SCHEMAS@" "${DATA_DIR}/schemas" page "${page}")
string (REPLACE "@DATA@" "${DATA_DIR}" page "${page}")
file (WRITE ${OUTPUT} "${page}")
