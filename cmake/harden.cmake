# What makes a mistake with memory harder to use against us, for all that is built. tests/hardening.sh
# checks the outcome.
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_c_options(-fstack-protector-strong)
# Checks of sizes in the C library's functions; the sanitizers have their own.
if(NOT SANITIZERS)
  add_c_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
# Tables of addresses are read-only once the program has begun; no stack holds code.
add_link_options("$<$<LINK_LANGUAGE:C,CXX>:LINKER:-z,relro,-z,now,-z,noexecstack>")
