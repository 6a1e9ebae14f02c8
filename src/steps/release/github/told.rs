//! What the forge tells of an asset's bytes; where it tells nothing they are read back, once.

use crate::model::{Digest, Problem};
use crate::ports::forge::Asset;
use crate::steps::room::Site;

use super::desk::Desk;

impl Desk {
    /// The digest of an asset of this size: the forge's, or that of its bytes where an older server
    /// tells none. Bytes of another size are not ours whatever their digest is, and are not read.
    ///
    /// # Errors
    ///
    /// If the bytes cannot be had.
    pub async fn digest_of(&self, site: &Site, asset: &Asset, size: u64) -> Result<Option<Digest>, Problem> {
        if asset.digest.is_some() || !asset.uploaded || asset.size != size {
            return Ok(asset.digest);
        }
        // Held while it is read, so that two that ask read it once. An asset's bytes never change.
        let mut read = self.read.lock().await;
        if let Some(digest) = read.get(&asset.id) {
            return Ok(Some(*digest));
        }
        let file = site.dist.join(".resume").join(format!("asset-{}", asset.id));
        let fetched = site.ports.forge.fetch(self.slug(&site.facts)?, asset.id, &file).await;
        site.ports.files.remove(&file)?;
        let fetched = fetched?;
        if fetched.size != size {
            return Err(Problem::new(format!("{} came with {} bytes", asset.name, fetched.size))
                .because(format!("the forge says that it has {size}"))
                .passing());
        }
        read.insert(asset.id, fetched.digest);
        Ok(Some(fetched.digest))
    }

    /// The assets, with digests for all that are expected.
    ///
    /// # Errors
    ///
    /// As [`Desk::digest_of`].
    pub async fn with_digests(
        &self,
        site: &Site,
        mut assets: Vec<Asset>,
        expected: &[(String, u64, Digest)],
    ) -> Result<Vec<Asset>, Problem> {
        for asset in &mut assets {
            if let Some((_, size, _)) = expected.iter().find(|(name, _, _)| *name == asset.name) {
                asset.digest = self.digest_of(site, asset, *size).await?;
            }
        }
        Ok(assets)
    }
}
