// Archives the current directory with archive/tar, in the manner of container
// tools: FileInfoHeader, PAX, extended attributes as SCHILY.xattr records, hard
// links by inode number. Names of directories have no slash at their end. What
// the package refuses is left out.
package main

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"unsafe"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// attribute reads one attribute of the name itself, never through a symlink;
// no name lists them.
func attribute(path, name string) []byte {
	call, arguments := uintptr(syscall.SYS_LLISTXATTR), []string{path}
	if name != "" {
		call, arguments = syscall.SYS_LGETXATTR, []string{path, name}
	}
	var pointers [2]unsafe.Pointer
	for i, argument := range arguments {
		bytes, err := syscall.BytePtrFromString(argument)
		must(err)
		pointers[i] = unsafe.Pointer(bytes)
	}
	buffer := make([]byte, 1<<16)
	at, room := uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer))
	second, third, fourth := at, room, uintptr(0)
	if name != "" {
		second, third, fourth = uintptr(pointers[1]), at, room
	}
	length, _, errno := syscall.Syscall6(call, uintptr(pointers[0]), second, third, fourth, 0, 0)
	if errno != 0 {
		panic(errno)
	}
	return buffer[:length]
}

func attributes(path string) map[string]string {
	records := map[string]string{}
	for _, name := range bytes.Split(attribute(path, ""), []byte{0}) {
		if len(name) > 0 {
			records["SCHILY.xattr."+string(name)] = string(attribute(path, string(name)))
		}
	}
	return records
}

func add(archive *tar.Writer, first map[uint64]string, path string, info fs.FileInfo) {
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		var err error
		target, err = os.Readlink(path)
		must(err)
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return // A socket.
	}
	header.Name = path
	header.Format = tar.FormatPAX
	header.PAXRecords = attributes(path)
	stat := info.Sys().(*syscall.Stat_t)
	if name, known := first[stat.Ino]; known {
		header.Typeflag, header.Linkname, header.Size = tar.TypeLink, name, 0
	} else if !info.IsDir() && stat.Nlink > 1 {
		first[stat.Ino] = path
	}
	if archive.WriteHeader(header) != nil || header.Typeflag != tar.TypeReg {
		return
	}
	file, err := os.Open(path)
	must(err)
	defer file.Close()
	_, err = io.Copy(archive, file)
	must(err)
}

func main() {
	archive := tar.NewWriter(os.Stdout)
	first := map[uint64]string{}
	must(filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		must(err)
		info, err := entry.Info()
		must(err)
		add(archive, first, path, info)
		return nil
	}))
	must(archive.Close())
}
