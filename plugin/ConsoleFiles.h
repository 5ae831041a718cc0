// What the build knows of the console's files. The source is generated: see ConsoleFiles.cmake.
#pragma once

#include "console/StaticFiles.h"

#include <span>

namespace bankfeed::plugin
{

/// The files of console/ in the plugin's folder, with the SHA-256 that each had when this library
/// was built. Empty for a build without the console.
[[nodiscard]] std::span<const console::StaticFiles::Expected> consoleFiles();

} // namespace bankfeed::plugin
