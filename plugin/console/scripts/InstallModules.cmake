# Installs the packages of package-lock.json when STAMP does not say that exactly these are there.
# Arguments: NPM, FOLDER (with package-lock.json), STAMP (a file below FOLDER/node_modules).

# Two build folders of one checkout must not install at the same time. file(LOCK) empties its file,
# so it has one of its own.
file(LOCK ${FOLDER}/.install.lock GUARD PROCESS TIMEOUT 900)

file(SHA256 ${FOLDER}/package-lock.json wanted)
set(installed "")
if(EXISTS ${STAMP})
    file(READ ${STAMP} installed)
    string(STRIP "${installed}" installed)
endif()

if(NOT installed STREQUAL wanted)
    execute_process(COMMAND ${NPM} ci --no-audit --no-fund
        WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "npm ci failed in ${FOLDER}")
    endif()
endif()
# Written even when nothing was installed, so that it is newer than what it stands for.
file(WRITE ${STAMP} "${wanted}\n")
