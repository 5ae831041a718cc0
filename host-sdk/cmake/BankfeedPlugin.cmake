# What the build of a plugin needs: a library that exports one symbol, and the folder that an operator drops into a
# host's plugins directory.
#
#   bankfeed_plugin_library(<target>)
#
#     Makes the shared library <target> fit to be a plugin: only bankfeed_entry_v1 is visible, all symbols are bound
#     when it is loaded, and it is never unloaded.
#
#   bankfeed_plugin_folder(<name>
#       ID <id>                       the folder's name, and the id in the manifest
#       LIBRARY <target>              a shared library
#       MANIFEST <file>               template of plugin.json; see below
#       [VERSION <version>]           PROJECT_VERSION when absent
#       [OUTPUT <directory>]          ${CMAKE_BINARY_DIR}/plugins when absent
#       [FILES <file>...]             more files, laid beside the library
#       [DIRECTORIES <source>=<destination>...]  whole directories; <destination> is relative to the folder
#       [DEPENDS <target or file>...] what makes those files, when the build does
#       [INSTALL_DESTINATION <directory>])       also installs the folder below this directory
#
#     Adds the target <name>, part of "all", that assembles <OUTPUT>/<ID>/ anew whenever an input changes. The template
#     holds @BANKFEED_VERSION@ and @BANKFEED_LIBRARY@ where these texts belong, and @BANKFEED_FILES@ as the whole content
#     of the object "files". Nothing but CMake is needed.
#
#     Outside of Debug builds the folder's copy of the library has no debug information: the loader reads every byte of it
#     at each start, and debug information is most of them. The whole library stays where the build made it.

function(bankfeed_plugin_library target)
    set(exports "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/bankfeed-plugin.map")
    set_target_properties(${target} PROPERTIES
        C_VISIBILITY_PRESET hidden
        CXX_VISIBILITY_PRESET hidden
        VISIBILITY_INLINES_HIDDEN ON
        SKIP_BUILD_RPATH ON
        LINK_DEPENDS "${exports}")
    # A unique symbol would be shared with other libraries of the process, whatever the visibility.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
    target_link_options(${target} PRIVATE
        "LINKER:--version-script=${exports}" LINKER:-z,now LINKER:-z,relro LINKER:-z,nodelete
        LINKER:-z,noexecstack LINKER:--exclude-libs,ALL)
endfunction()

function(bankfeed_plugin_folder name)
    cmake_parse_arguments(PARSE_ARGV 1 arg ""
        "ID;LIBRARY;MANIFEST;VERSION;OUTPUT;INSTALL_DESTINATION" "FILES;DIRECTORIES;DEPENDS")
    foreach(required IN ITEMS ID LIBRARY MANIFEST)
        if(NOT arg_${required})
            message(FATAL_ERROR "bankfeed_plugin_folder(${name}): ${required} is missing.")
        endif()
    endforeach()
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "bankfeed_plugin_folder(${name}): unknown ${arg_UNPARSED_ARGUMENTS}.")
    endif()
    if(NOT arg_VERSION)
        set(arg_VERSION "${PROJECT_VERSION}")
    endif()
    if(NOT arg_OUTPUT)
        set(arg_OUTPUT "${CMAKE_BINARY_DIR}/plugins")
    endif()
    get_filename_component(manifest "${arg_MANIFEST}" ABSOLUTE)
    set(folder "${arg_OUTPUT}/${arg_ID}")

    set(inputs "")
    set(files "")
    foreach(file IN LISTS arg_FILES)
        get_filename_component(file "${file}" ABSOLUTE)
        list(APPEND files "${file}")
        list(APPEND inputs "${file}")
    endforeach()
    set(directories "")
    foreach(pair IN LISTS arg_DIRECTORIES)
        if(NOT pair MATCHES "^([^=]+)=([^=]+)$")
            message(FATAL_ERROR
                "bankfeed_plugin_folder(${name}): DIRECTORIES wants <source>=<destination>, not ${pair}.")
        endif()
        set(destination "${CMAKE_MATCH_2}")
        get_filename_component(source "${CMAKE_MATCH_1}" ABSOLUTE)
        list(APPEND directories "${source}=${destination}")
        string(FIND "${source}/" "${CMAKE_BINARY_DIR}/" inside)
        if(NOT inside EQUAL 0) # what the build makes is named by DEPENDS
            file(GLOB_RECURSE present CONFIGURE_DEPENDS "${source}/*")
            list(APPEND inputs ${present})
        endif()
    endforeach()
    list(JOIN files "|" files)
    list(JOIN directories "|" directories)

    set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/BankfeedPluginFolder.cmake")
    add_custom_command(OUTPUT "${folder}/plugin.json"
        COMMAND "${CMAKE_COMMAND}"
            "-DID=${arg_ID}" "-DVERSION=${arg_VERSION}" "-DMANIFEST=${manifest}"
            "-DLIBRARY=$<TARGET_FILE:${arg_LIBRARY}>" "-DFOLDER=${folder}"
            "-DFILES=${files}" "-DDIRECTORIES=${directories}"
            "-DSTRIP=$<$<NOT:$<CONFIG:Debug>>:${CMAKE_STRIP}>" -P "${script}"
        DEPENDS ${arg_LIBRARY} "${manifest}" "${script}" ${inputs} ${arg_DEPENDS}
        COMMENT "Plugin folder ${arg_ID}"
        VERBATIM)
    add_custom_target(${name} ALL DEPENDS "${folder}/plugin.json")
    if(arg_INSTALL_DESTINATION)
        # As it is: anything that rewrote the library while installing would break its hash.
        install(DIRECTORY "${folder}" DESTINATION "${arg_INSTALL_DESTINATION}"
            FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
            DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                WORLD_READ WORLD_EXECUTE)
    endif()
endfunction()
