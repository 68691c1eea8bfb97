//! The file as a table: its encoding, its header, its rows one by one.
//!
//! The encoding is found by reading the whole file once, because a guess from the beginning is wrong too often: what is
//! valid UTF-8 is UTF-8, else it has to be valid CP932 (what Excel in Japan writes). A row is never held longer than
//! it is looked at. In CP932 the second byte of a character is never a comma, a quote or a line end, so rows are cut
//! before they are decoded.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs::{CoderResult, SHIFT_JIS};
use sha2::{Digest, Sha256};

const PIECE: usize = 64 * 1024;

/// How a file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a mark at the beginning.
    #[default]
    Utf8,
    /// CP932, Microsoft's Shift_JIS.
    Cp932,
}

impl Encoding {
    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Cp932 => "CP932 (Shift_JIS)",
        }
    }
}

/// Why a file is no table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It can't be opened or read.
    #[error("ファイルを開けません。場所と権限を確かめてください")]
    Unreadable(#[from] std::io::Error),
    /// Neither UTF-8 nor CP932.
    #[error("文字コードがUTF-8でもCP932(Shift_JIS)でもありません。ExcelではCSV UTF-8で保存してください")]
    UnknownEncoding,
    /// No header.
    #[error("1行目に列名がありません")]
    Empty,
}

/// A file that can be read more than once.
pub struct Table {
    from: Origin,
    /// How it is written.
    pub encoding: Encoding,
    /// The beginning of its SHA-256, to know the file again.
    pub digest: String,
}

/// Where the bytes are.
enum Origin {
    Disk(PathBuf),
    Memory(Arc<[u8]>),
}

impl Origin {
    fn open(&self) -> std::io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::Disk(path) => Box::new(File::open(path)?),
            Self::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }
}

impl Table {
    /// Reads the file once to know its encoding.
    ///
    /// # Errors
    /// Where it can't be read, or its encoding is neither of the two.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        Self::of(Origin::Disk(path.to_owned()))
    }

    /// A table that was handed in as bytes, through a pipe for instance.
    ///
    /// # Errors
    /// Where its encoding is neither of the two.
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Result<Self, TableError> {
        Self::of(Origin::Memory(bytes.into()))
    }

    fn of(from: Origin) -> Result<Self, TableError> {
        let mut file = from.open()?;
        let (mut utf8, mut cp932, mut sha) = (Utf8Check::default(), Cp932Check::new(), Sha256::new());
        let mut piece = vec![0; PIECE];
        loop {
            let length = file.read(&mut piece)?;
            let bytes = &piece[..length];
            sha.update(bytes);
            utf8.take(bytes);
            cp932.take(bytes, length == 0);
            if length == 0 {
                break;
            }
        }
        let encoding = match (utf8.holds(), cp932.holds) {
            (true, _) => Encoding::Utf8,
            (false, true) => Encoding::Cp932,
            (false, false) => return Err(TableError::UnknownEncoding),
        };
        let digest = sha.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { from, encoding, digest })
    }

    /// The rows from the beginning.
    ///
    /// # Errors
    /// Where the file is no longer there.
    pub fn records(&self) -> Result<Records, TableError> {
        let reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(self.from.open()?);
        Ok(Records { reader, encoding: self.encoding })
    }
}

/// One row.
pub struct Record {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Its cells as text.
    pub cells: Vec<String>,
}

/// The rows of a file, one after the other.
pub struct Records {
    reader: csv::Reader<Box<dyn Read + Send>>,
    encoding: Encoding,
}

impl Records {
    /// The names in the first row.
    ///
    /// # Errors
    /// Where there is none, or the file can't be read on.
    pub fn header(&mut self) -> Result<Vec<String>, TableError> {
        let first = self.next()?.ok_or(TableError::Empty)?;
        let strip = |(at, name): (usize, String)| {
            if at == 0 { name.trim_start_matches('\u{feff}').to_owned() } else { name }
        };
        Ok(first.cells.into_iter().enumerate().map(strip).collect())
    }

    /// The next row that is not empty.
    ///
    /// # Errors
    /// Where the file can't be read on.
    #[expect(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Record>, TableError> {
        let mut bytes = csv::ByteRecord::new();
        loop {
            let is_there = self.reader.read_byte_record(&mut bytes).map_err(std::io::Error::from)?;
            if !is_there {
                return Ok(None);
            }
            if bytes.iter().any(|cell| !cell.iter().all(u8::is_ascii_whitespace)) {
                let line = bytes.position().map_or(0, csv::Position::line);
                return Ok(Some(Record {
                    line,
                    cells: bytes.iter().map(|cell| self.decode(cell)).collect(),
                }));
            }
        }
    }

    fn decode(&self, cell: &[u8]) -> String {
        match self.encoding {
            Encoding::Utf8 => String::from_utf8_lossy(cell).into_owned(),
            Encoding::Cp932 => SHIFT_JIS.decode_without_bom_handling(cell).0.into_owned(),
        }
    }
}

/// Whether bytes that come in pieces are UTF-8.
#[derive(Default)]
struct Utf8Check {
    /// The beginning of a character whose end is in the next piece.
    rest: Vec<u8>,
    is_broken: bool,
}

impl Utf8Check {
    fn take(&mut self, bytes: &[u8]) {
        if self.is_broken {
            return;
        }
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        if let Err(error) = std::str::from_utf8(&all) {
            self.is_broken = error.error_len().is_some();
            self.rest = all.split_off(error.valid_up_to());
        }
    }

    fn holds(&self) -> bool {
        !self.is_broken && self.rest.is_empty()
    }
}

/// Whether bytes that come in pieces are CP932.
struct Cp932Check {
    decoder: encoding_rs::Decoder,
    sink: Vec<u8>,
    holds: bool,
}

impl Cp932Check {
    fn new() -> Self {
        Self { decoder: SHIFT_JIS.new_decoder_without_bom_handling(), sink: vec![0; PIECE], holds: true }
    }

    fn take(&mut self, mut bytes: &[u8], is_last: bool) {
        while self.holds {
            let (result, read, _, had_errors) = self.decoder.decode_to_utf8(bytes, &mut self.sink, is_last);
            self.holds = !had_errors;
            bytes = &bytes[read..];
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(bytes: &[u8]) -> Result<(Encoding, Vec<String>), TableError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, bytes).unwrap();
        let table = Table::open(&path)?;
        let header = table.records()?.header()?;
        Ok((table.encoding, header))
    }

    #[test]
    fn the_encoding_is_found_and_said() {
        let names = vec!["宛名番号".to_owned(), "保険".to_owned()];
        let text = "宛名番号,保険\r\n";
        let (cp932, ..) = SHIFT_JIS.encode(text);
        assert_eq!(open(text.as_bytes()).unwrap(), (Encoding::Utf8, names.clone()));
        assert_eq!(
            open(&[b"\xef\xbb\xbf", text.as_bytes()].concat()).unwrap(),
            (Encoding::Utf8, names.clone())
        );
        assert_eq!(open(&cp932).unwrap(), (Encoding::Cp932, names));
        assert!(matches!(open(b"\x80\xff,\xfe"), Err(TableError::UnknownEncoding)));
        assert!(matches!(open(b"\n\n"), Err(TableError::Empty)));
    }

    #[test]
    fn a_character_cut_by_a_piece_is_whole() {
        let mut check = Utf8Check::default();
        "健".as_bytes().iter().for_each(|byte| check.take(&[*byte]));
        assert!(check.holds());
        check.take(b"\xe5");
        assert!(!check.holds());
    }
}
