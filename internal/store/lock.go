package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockFolder takes the exclusive lock on a data folder. The kernel drops it when the process ends, however it ends, so
// a crash leaves nothing to clean up.
func lockFolder(folder string) (*os.File, error) {
	name := filepath.Join(folder, "portal.lock")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("the data folder %s is in use by another portal: stop that one, or point PORTAL_DATABASE_URL at another folder", folder)
		}
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	return f, nil
}

// keepPrivate makes a database file that is not there yet, for its owner only: SQLite would let everybody read it, where the
// folder does, and gives the files beside it the mode of this one. One that is there keeps the mode that somebody gave it.
func keepPrivate(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the database file: %w", err)
	}
	return f.Close()
}
