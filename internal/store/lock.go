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
