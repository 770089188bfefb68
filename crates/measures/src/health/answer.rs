pub struct CaseError; pub fn answer(){}
