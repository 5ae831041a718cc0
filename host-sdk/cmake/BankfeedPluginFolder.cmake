# Assembles one plugin folder; bankfeed_plugin_folder() runs it during the build.
#
# Everything is laid into <FOLDER>.new first, which then takes the place of <FOLDER>: a build that stops half-way leaves
# the folder of the last build whole.
cmake_minimum_required(VERSION 3.21)

set(file_mode OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
set(folder_mode ${file_mode} OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)
# The loader refuses what the group can write, whatever the umask of the developer.
set(modes FILE_PERMISSIONS ${file_mode} DIRECTORY_PERMISSIONS ${folder_mode})
set(name "[A-Za-z0-9_@+-][A-Za-z0-9._@+-]*")
set(new "${FOLDER}.new")
string(REPLACE "|" ";" FILES "${FILES}")
string(REPLACE "|" ";" DIRECTORIES "${DIRECTORIES}")

file(REMOVE_RECURSE "${new}")
file(MAKE_DIRECTORY "${new}")
file(CHMOD "${new}" PERMISSIONS ${folder_mode})

get_filename_component(BANKFEED_LIBRARY "${LIBRARY}" NAME)
file(COPY_FILE "${LIBRARY}" "${new}/${BANKFEED_LIBRARY}")
if(STRIP)
    execute_process(COMMAND "${STRIP}" --strip-debug "${new}/${BANKFEED_LIBRARY}"
        COMMAND_ERROR_IS_FATAL ANY)
endif()
file(CHMOD "${new}/${BANKFEED_LIBRARY}" PERMISSIONS ${file_mode})
foreach(file IN LISTS FILES)
    file(COPY "${file}" DESTINATION "${new}" ${modes})
endforeach()
foreach(pair IN LISTS DIRECTORIES)
    string(REGEX MATCH "^([^=]+)=([^=]+)$" matched "${pair}")
    set(source "${CMAKE_MATCH_1}")
    set(destination "${CMAKE_MATCH_2}")
    if(NOT IS_DIRECTORY "${source}")
        message(FATAL_ERROR "${source} is not a directory.")
    endif()
    file(COPY "${source}/" DESTINATION "${new}/${destination}" ${modes})
endforeach()

file(GLOB_RECURSE found LIST_DIRECTORIES false RELATIVE "${new}" "${new}/*")
list(SORT found)
list(LENGTH found count)
if(count GREATER 512)
    message(FATAL_ERROR "A plugin folder holds at most 512 files; ${ID} has ${count}.")
endif()
set(lines "")
foreach(file IN LISTS found)
    if(IS_SYMLINK "${new}/${file}" OR NOT file MATCHES "^${name}(/${name})*$")
        message(FATAL_ERROR "No host takes \"${file}\" in a plugin folder: a link, or a name outside "
            "letters, digits and _ @ + - . (not in front).")
    endif()
    file(SHA256 "${new}/${file}" hash)
    list(APPEND lines "\n        \"${file}\": \"${hash}\"")
endforeach()
list(JOIN lines "," BANKFEED_FILES)
string(APPEND BANKFEED_FILES "\n    ")
set(BANKFEED_VERSION "${VERSION}")
configure_file("${MANIFEST}" "${new}/plugin.json" @ONLY FILE_PERMISSIONS ${file_mode})

file(READ "${new}/plugin.json" manifest)
foreach(member IN ITEMS id version library)
    string(JSON ${member} ERROR_VARIABLE fault GET "${manifest}" ${member})
    if(fault)
        message(FATAL_ERROR "${MANIFEST}: ${fault}")
    endif()
endforeach()
if(NOT id STREQUAL ID OR NOT version STREQUAL VERSION OR NOT library STREQUAL BANKFEED_LIBRARY)
    message(FATAL_ERROR "${MANIFEST}: id, version or library is not \"${ID}\", \"${VERSION}\", "
        "\"${BANKFEED_LIBRARY}\".")
endif()

file(REMOVE_RECURSE "${FOLDER}")
file(RENAME "${new}" "${FOLDER}")
