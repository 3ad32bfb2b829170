"""Stand-ins for the CUDA libraries that PyPI's torch links to, so that its CPU code can be imported
without gigabytes of CUDA packages.

use: torch_stubs.py TORCH_LIB_FOLDER OUTPUT_FOLDER   then LD_LIBRARY_PATH=OUTPUT_FOLDER python ...

Every function of a stand-in returns 100, cudaErrorNoDevice. Needs readelf, nm and cc.
"""

import collections
import glob
import os
import re
import subprocess
import sys

# Which library a function belongs to, by the beginning of its name.
PREFIXES = {
    "libcudart": ("cuda", "__cuda"),
    "libcublasLt": ("cublasLt",),
    "libcublas": ("cublas",),
    "libcudnn": ("cudnn",),
    "libcufft": ("cufft",),
    "libcurand": ("curand",),
    "libcusparseLt": ("cusparseLt",),
    "libcusparse": ("cusparse",),
    "libcusolver": ("cusolver",),
    "libcupti": ("cupti",),
    "libnccl": ("nccl",),
    "libnvrtc": ("nvrtc",),
    "libcufile": ("cuFile",),
    "libnvshmem": ("nvshmem",),
    "libnvJitLink": ("nvJit",),
    "libnvToolsExt": ("nvtx",),
}


def lines(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def owns(library, symbol):
    stem = re.split(r"\.so|_host", library)[0]
    prefixes = PREFIXES.get(stem, ())
    if not symbol.startswith(prefixes or ("\0",)):
        return False
    return "Lt" in stem or "Lt" not in symbol[:10]


def main():
    torch_folder, output = sys.argv[1], sys.argv[2]
    os.makedirs(output, exist_ok=True)
    libraries = sorted(glob.glob(torch_folder + "/*.so*"))
    present = {os.path.basename(library) for library in libraries}
    wanted, undefined, defined = set(), set(), set()
    for library in libraries:
        for line in lines("readelf", "-dW", library):
            if match := re.search(r"\(NEEDED\).*\[(.*)\]", line):
                wanted.add(match.group(1))
        for line in lines("nm", "-D", "--with-symbol-versions", library):
            words = line.split()
            if len(words) >= 2 and words[-2] in "Uwv":
                undefined.add(words[-1])
            elif len(words) >= 3:
                defined.add(words[-1].split("@")[0])

    missing = sorted(name for name in wanted - present if re.search(r"cu|nv|nccl", name))
    for library in missing:
        versions, plain = collections.defaultdict(set), set()
        for symbol in undefined:
            name, _, version = symbol.partition("@")
            version = version.lstrip("@")
            if not owns(library, name):
                continue
            if version:
                versions[version].add(name)
            elif name not in defined:
                plain.add(name)
        names = plain.union(*versions.values())
        source, script = f"{output}/stub.c", f"{output}/stub.map"
        with open(source, "w") as file:
            file.writelines(f"int {name}(void) {{ return 100; }}\n" for name in sorted(names))
        command = ["cc", "-shared", "-fPIC", "-w", "-fno-builtin", source]
        command += ["-o", f"{output}/{library}", f"-Wl,-soname,{library}"]
        if versions:
            with open(script, "w") as file:
                for version, symbols in versions.items():
                    file.write(f"{version} {{ global: {' '.join(s + ';' for s in symbols)} }};\n")
            command.append(f"-Wl,--version-script,{script}")
        subprocess.run(command, check=True)
    print(f"{len(missing)} stand-ins in {output}")


main()
